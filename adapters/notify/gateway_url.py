"""The form of an SMS gateway's URL in the settings."""

NUMBER_PLACEHOLDER = "{to}"
"""Stands in the Apprise URL of the gateway where the number belongs, in E.164."""
