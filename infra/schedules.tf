# When things happen. Times of day are those of the market, in Paris; rates go by no clock, so that the night
# in October when an hour comes twice (and a local time fires only once) leaves no hour without a run.
#
# AWS delivers at least once: two runs of a job meet at its lease, and one of them leaves.
locals {
  time_zone = "Europe/Paris"

  fetch_every_minutes = 5

  # The hour of the night's last exports, and that by which all that belongs to a night must be done.
  last_export_hour    = 2
  night_is_over_hours = local.last_export_hour + 2

  schedules = {
    # The day's orders, as soon as the day is over…
    fetch-orders-midnight = {
      function   = "fetch-orders"
      expression = "cron(0 0 * * ? *)"
    }

    # …and all day long: near real time, and the next try of a run that ended early.
    fetch-orders-often = {
      function   = "fetch-orders"
      expression = "rate(${local.fetch_every_minutes} minutes)"
    }

    # Four runs of fetch-orders after midnight, the day is in the ledger. An export that finds nothing new does
    # nothing; the repeats carry what came late and what the limit for the ERP held back.
    export-orders-first = {
      function   = "export-orders"
      expression = "cron(20,35,50 0 * * ? *)"
    }

    # Up to 02:50: the ERP imports until the goods leave. The night in March without a third hour has four less.
    export-orders-night = {
      function   = "export-orders"
      expression = "cron(5,20,35,50 1-${local.last_export_hour} * * ? *)"
    }

    # What was written but not sent on, soon enough for an evening's invoices.
    reconcile-often = {
      function   = "reconcile"
      expression = "rate(15 minutes)"
    }

    # The day's report, an hour after the ERP dropped its invoices.
    reconcile-evening = {
      function   = "reconcile"
      expression = "cron(0 19 * * ? *)"
    }
  }

  # The longest that a function may go without being invoked, in seconds: three times the rate of its most
  # frequent schedule, or a day for one that only runs at night. One heartbeat a function is enough, since
  # schedules of the same function stand in for each other.
  heartbeats = {
    fetch-orders  = 3 * local.fetch_every_minutes * 60
    export-orders = local.day
    reconcile     = 45 * 60
  }
}

resource "aws_scheduler_schedule_group" "this" {
  name = local.prefix
}

resource "aws_scheduler_schedule" "this" {
  for_each = local.schedules

  name                         = "${local.prefix}-${each.key}"
  group_name                   = aws_scheduler_schedule_group.this.name
  schedule_expression          = each.value.expression
  schedule_expression_timezone = local.time_zone
  state                        = var.schedules_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function[each.value.function].arn
    role_arn = aws_iam_role.scheduler.arn

    # The time it was due, not the time it runs: a late run must work on the day it was meant for.
    # Written out, since jsonencode would escape the angle brackets, which then would not be replaced.
    input = "{\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"

    # This is about reaching Lambda. What the function itself fails at, its next run does (modules/function).
    retry_policy {
      maximum_retry_attempts       = 10
      maximum_event_age_in_seconds = 3600
    }

    dead_letter_config {
      arn = aws_sqs_queue.dead_letter["schedules"].arn
    }
  }

  depends_on = [aws_iam_role_policy.scheduler]
}

resource "aws_iam_role" "scheduler" {
  name = "${local.prefix}-scheduler"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = {
          "aws:SourceAccount" = local.account
          "aws:SourceArn"     = aws_scheduler_schedule_group.this.arn
        }
      }
    }]
  })
}

locals {
  scheduler_statements = [
    {
      Sid      = "InvokeFunctions"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [for name in distinct([for s in local.schedules : s.function]) : module.function[name].arn]
    },
    {
      Sid      = "ReportFailures"
      Effect   = "Allow"
      Action   = ["sqs:SendMessage"]
      Resource = [aws_sqs_queue.dead_letter["schedules"].arn]
    },
  ]
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "what-it-needs"
  role   = aws_iam_role.scheduler.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.scheduler_statements })
}
