"""Ways to tell people: mail by SMTP, SMS by a gateway."""
