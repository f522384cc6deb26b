"""How to add a language: here German, with the French texts in place of a translation."""

from guides.tree import ROOT, Edit, Guide, Step

CATALOGUE = (
    (ROOT / "bot" / "locales" / "fr.po")
    .read_text()
    .replace("Language: fr\\n", "Language: de\\n")
    .replace("plural=(n > 1)", "plural=(n != 1)")
)
LANGUAGE = Guide(
    "A new language",
    (
        Step(
            "the language",
            (Edit("bot/i18n.py", '"de", ', after='LANGUAGES = ("en", '),),
            "tests/unit/test_catalogues.py",
            "de",
        ),
        Step(
            "its catalogue",
            (Edit("bot/locales/de.po", CATALOGUE),),
            "tests/unit/test_catalogues.py",
            "de",
        ),
    ),
)
