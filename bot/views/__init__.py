"""What a person is shown, as data. No markup: each platform renders each view in its own best way."""
