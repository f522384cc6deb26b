"""Phone numbers: read as mobile numbers of the country that is written, or of the data centre's, or refused."""

import phonenumbers
import pytest

from adapters.installation_settings import phone_region
from adapters.notify.phone import PhoneReader, is_phone_region
from adapters.servicedesk.data_centers import DATA_CENTERS
from adapters.settings import settings_from
from bot.errors import Rejected
from bot.model.secret import Secret

NO_COUNTRY = "no country code"
NOT_MOBILE = "not a mobile number"
NOT_VALID = "not a valid number"

LOCAL = [
    ("us", "(415) 555-0100", "+14155550100"),
    ("us", "415.555.0100", "+14155550100"),
    ("us", "1-415-555-0100", "+14155550100"),
    ("us", "800-555-0199", NOT_MOBILE),
    ("us", "416 555 0123", NOT_VALID),  # Canada's
    ("us", "876 555 0123", NOT_VALID),  # Jamaica's
    ("us", "98765 43210", NOT_VALID),  # India's
    ("us", "06 12 34 56 78", NOT_VALID),  # France's
    ("us", "33612345678", NOT_VALID),  # France's, without the plus sign
    ("ca", "416-555-0123", "+14165550123"),
    ("ca", "1 (416) 555-0123", "+14165550123"),
    ("ca", "1 800 555 0199", NOT_MOBILE),
    ("ca", "415-555-0100", NOT_VALID),  # the United States'
    ("ca", "0412 345 678", NOT_VALID),  # Australia's
    ("in", "7012345678", "+917012345678"),
    ("in", "098765 43210", "+919876543210"),
    ("in", "91 98765 43210", "+919876543210"),
    ("in", "022 2345 6789", NOT_MOBILE),
    ("in", "415-555-0100", NOT_MOBILE),
    ("in", "06 12 34 56 78", NOT_VALID),
    ("cn", "138 1234 5678", "+8613812345678"),
    ("cn", "86-138-1234-5678", "+8613812345678"),
    ("cn", "010 8888 8888", NOT_MOBILE),
    ("cn", "9123 4567", NOT_VALID),  # Hong Kong's
    ("jp", "090-1234-5678", "+819012345678"),
    ("jp", "(070) 1234 5678", "+817012345678"),
    ("jp", "０９０－１２３４－５６７８", "+819012345678"),
    ("jp", "03-1234-5678", NOT_MOBILE),
    ("jp", "050-1234-5678", NOT_MOBILE),
    ("jp", "0037-6312345", NOT_MOBILE),  # toll-free; abroad, Andorra's mobile
    ("jp", "010-8888-8888", NOT_VALID),  # China's
    ("au", "0412 345 678", "+61412345678"),
    ("au", "(02) 9876 5432", NOT_MOBILE),
    ("au", "1300 975 707", NOT_MOBILE),
    ("au", "021 123 4567", NOT_MOBILE),  # New Zealand's
    ("eu", "06 12 34 56 78", NO_COUNTRY),
    ("eu", "0151 23456789", NO_COUNTRY),
    ("eu", "01 42 68 53 00", NO_COUNTRY),
    ("eu", "0033 6 12 34 56 78", NO_COUNTRY),
    ("eu", "7012345678", NO_COUNTRY),
]
"""Numbers without a plus sign: data centre, number, and the number that gets the SMS or why none does."""

INTERNATIONAL = [
    ("+1 415 555 0100", "+14155550100"),
    ("+1 (416) 555-0123", "+14165550123"),
    ("+91 70123 45678", "+917012345678"),
    ("+86 138 1234 5678", "+8613812345678"),
    ("+81 90-1234-5678", "+819012345678"),
    ("+81 (0)90-1234-5678", "+819012345678"),
    ("+61 412 345 678", "+61412345678"),
    ("+33 6 12 34 56 78", "+33612345678"),
    ("(+33) 6.12.34.56.78", "+33612345678"),
    ("＋33 6 12 34 56 78", "+33612345678"),
    ("\u202a+33 6\u00a012\u00a034\u00a056\u00a078\u202c", "+33612345678"),
    ("tel:+33-6-12-34-56-78", "+33612345678"),
    ("+49 151 2345\u20116789", "+4915123456789"),
    ("+44 (0)7911 123456", "+447911123456"),
    ("+1 800 555 0199", NOT_MOBILE),
    ("+33 1 42 68 53 00", NOT_MOBILE),
    ("+49 30 123456", NOT_MOBILE),
    ("+91 22 2345 6789", NOT_MOBILE),
    ("+81 3-1234-5678", NOT_MOBILE),
    ("+61 2 9876 5432", NOT_MOBILE),
    ("+86 10 8888 8888", NOT_MOBILE),
    ("+33 6 12", NOT_VALID),
    ("+0 612345678", NOT_VALID),
    ("+999 12345678", NOT_VALID),
    ("+1 555 123 4567 89012", NOT_VALID),
]
"""Numbers with their country code. They mean the same everywhere."""

ABROAD = [
    ("us", "011 33 6 12 34 56 78", "+33612345678"),
    ("us", "0033 6 12 34 56 78", "+33612345678"),
    ("ca", "011 91 98765 43210", "+919876543210"),
    ("in", "0033 6 12 34 56 78", "+33612345678"),
    ("cn", "0081 90 1234 5678", "+819012345678"),
    ("jp", "010 33 6 12 34 56 78", "+33612345678"),
    ("jp", "0033 6 12 34 56 78", "+33612345678"),
    ("au", "0011 33 6 12 34 56 78", "+33612345678"),
    ("au", "0061 412 345 678", "+61412345678"),
    ("in", "0033 1 42 68 53 00", NOT_MOBILE),
    ("us", "0033 6 12", NOT_VALID),
]
"""Numbers that begin with the prefix for calls abroad."""

UNREADABLE = [
    "",
    " ",
    "-",
    "()",
    "+",
    "++33612345678",
    "12",
    "ask Ann",
    "1-800-FLOWERS",
    "415-555-HELP",
    "+33612345678 (Ann)",
    "+33 6 12 34 56 78 / +33 6 87 65 43 21",
    "+33612345678/../../x?y={to}",
    "+33612345678?x=1",
    "(415) 555-0100 ext. 7",
    "(415) 555-0100 x7",
    "(415) 555-0100, 7654321",
    "(415) 555-0100; 7",
    "tel:555-0100;phone-context=+1-415",
]
"""No single number: letters that phonenumbers reads as digits, extensions of a switchboard, several numbers."""


def reader_of(center: str, **variables: str) -> PhoneReader:
    """Return the reader of an installation in a data centre."""
    settings = settings_from({"TVBOT_SERVICEDESK_DATA_CENTER": center, **variables})
    return PhoneReader(phone_region(settings))


def expect(reader: PhoneReader, written: str, expected: str) -> None:
    """Expect that a number is read so, or refused with this reason."""
    if expected.startswith("+"):
        assert reader.mobile_number(Secret(written)).reveal() == expected
        return
    with pytest.raises(Rejected, match=expected) as refused:
        reader.mobile_number(Secret(written))
    sentence = str(refused.value.text)
    assert "press “Resend link”" in sentence, "it says what to do"
    assert not any(one.isdigit() for one in sentence), "it does not show the number"


@pytest.mark.parametrize(("center", "written", "expected"), LOCAL)
def test_local_number_belongs_to_the_country_of_the_data_centre(
    center: str, written: str, expected: str
) -> None:
    expect(reader_of(center), written, expected)


@pytest.mark.parametrize("center", DATA_CENTERS)
@pytest.mark.parametrize(("written", "expected"), INTERNATIONAL)
def test_number_with_a_country_code_means_the_same_everywhere(
    center: str, written: str, expected: str
) -> None:
    expect(reader_of(center), written, expected)


@pytest.mark.parametrize(("center", "written", "expected"), ABROAD)
def test_prefix_for_calls_abroad_is_read_as_a_plus_sign(center: str, written: str, expected: str) -> None:
    expect(reader_of(center), written, expected)


@pytest.mark.parametrize("center", DATA_CENTERS)
@pytest.mark.parametrize("written", UNREADABLE)
def test_what_is_not_one_number_is_refused(center: str, written: str) -> None:
    with pytest.raises(Rejected):
        reader_of(center).mobile_number(Secret(written))


@pytest.mark.parametrize("center", DATA_CENTERS)
def test_local_mobile_number_of_any_other_country_never_becomes_a_foreign_number(center: str) -> None:
    """Of every country, with its example of a mobile number: a number of the data centre's country, or none."""
    reader, country = reader_of(center), DATA_CENTERS[center].country
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        if example is None:
            continue
        for style in (phonenumbers.PhoneNumberFormat.NATIONAL, phonenumbers.PhoneNumberFormat.E164):
            written = phonenumbers.format_number(example, style)
            try:
                read = phonenumbers.parse(reader.mobile_number(Secret(written)).reveal())
            except Rejected:
                continue
            if "+" in written:
                assert read == example, written
            else:
                assert phonenumbers.region_code_for_number(read) == country, (region, written)


@pytest.mark.parametrize(
    ("center", "region", "written", "expected"),
    [
        ("eu", "FR", "06 12 34 56 78", "+33612345678"),
        ("eu", "de", "0151 23456789", "+4915123456789"),
        ("us", "IN", "7012345678", "+917012345678"),
        ("us", "none", "(415) 555-0100", NO_COUNTRY),
        ("us", "none", "+1 415 555 0100", "+14155550100"),
    ],
)
def test_region_of_the_settings_replaces_the_data_centres(
    center: str, region: str, written: str, expected: str
) -> None:
    expect(reader_of(center, TVBOT_PHONE_REGION=region), written, expected)


def test_every_data_centre_with_a_country_has_one_with_phone_numbers() -> None:
    countries = {center: known.country for center, known in DATA_CENTERS.items()}
    assert [center for center, country in countries.items() if country is None] == ["eu"]
    assert all(is_phone_region(country) for country in countries.values() if country)
