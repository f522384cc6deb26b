"""Convert an HTML mail to the text that a plain mail program shows."""

from html.parser import HTMLParser


def html_to_text(html: str) -> str:
    """Return the text of an HTML mail, with the address of each link after its label."""
    extractor = _TextExtractor()
    extractor.feed(html)
    extractor.close()
    lines = (" ".join(line.split()) for line in "".join(extractor.parts).splitlines())
    return "\n".join(line for line in lines if line)


class _TextExtractor(HTMLParser):
    """Collects the visible text of a page."""

    _INVISIBLE = frozenset({"style", "script", "title"})
    _INLINE = frozenset({"a", "b", "strong", "i", "em", "span", "code", "small", "u", "font"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._invisible_depth = 0
        self._href = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._invisible_depth += tag in self._INVISIBLE
        if tag == "a":
            self._href = dict(attrs).get("href") or ""
        elif tag not in self._INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._invisible_depth -= tag in self._INVISIBLE
        # A link whose label is its address is written once.
        if tag == "a" and self._href and (not self.parts or self.parts[-1].strip() != self._href):
            self.parts.append(f" {self._href} ")
        elif tag not in self._INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._invisible_depth:
            self.parts.append(data)
