env          = "prod"
architecture = "arm64"
shops        = ["rungis"]

# Who is told when something needs a person.
# alarm_email = "exploitation@example.com"
