env          = "local"
local        = true
architecture = "x86_64"
shops        = ["rungis"]

# They fire when asked (make trigger), so that a day can be played at any pace. `make up` may switch them on.
schedules_enabled = false

# Forgotten when the local cloud stops.
deletion_protection = false

# A small machine runs all of them.
concurrency = {
  render-invoice = 4
}
