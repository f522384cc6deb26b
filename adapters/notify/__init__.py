"""Notify people: mail by SMTP, and SMS by a gateway."""
