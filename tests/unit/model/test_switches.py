"""The widget is shown where the integration, the widget and the location are switched on."""

import itertools

import pytest

from bot.model.switches import Location, Switches


def test_everything_is_switched_on_at_the_start() -> None:
    assert Switches() == Switches(integration=True, widget=True, locations=frozenset(Location))


@pytest.mark.parametrize(
    ("integration", "widget", "is_listed"), list(itertools.product([True, False], repeat=3))
)
@pytest.mark.parametrize("location", list(Location))
def test_a_location_shows_the_widget_if_all_three_switches_are_on(
    location: Location, *, integration: bool, widget: bool, is_listed: bool
) -> None:
    locations = frozenset({location}) if is_listed else frozenset(Location) - {location}
    switches = Switches(integration=integration, widget=widget, locations=locations)
    assert switches.shows(location) is (integration and widget and is_listed)
    assert switches.hides(location) is (not (widget and is_listed))
