env          = "local"
local        = true
architecture = "x86_64"

# Functions run when asked (make trigger), so that a day can be played at any pace. The emulator's schedules would be
# of little use: it knows no time zone, and does not fill in the time that a run was due.
schedules_enabled = false

# Forgotten when the local cloud stops.
deletion_protection = false

# A small machine runs all of them.
concurrency = {
  render-invoice = 4
}
