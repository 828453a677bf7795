# What wakes the operator. Each function's own alarms (errors, throttles, time) are in modules/function.
locals {
  metric_namespace = "Passerelle"

  # What functions count (CloudWatch embedded metric format, dimension `env`), in the order it happens.
  metrics = {
    orders = [
      "webhooks_received", "webhooks_refused", "orders_new", "orders_changed", "orders_drifted", "orders_exported", "order_files_written",
      "order_values_repaired", "orders_accepted", "orders_quarantined", "orders_refused", "answers_unknown",
    ]
    invoices = [
      "drops_accepted", "invoices_registered", "invoices_noted", "invoices_rendered", "invoices_published", "invoices_unpublishable",
      "invoices_rejected", "invoice_conflicts", "drops_rejected",
    ]
  }

  # What waits for a person, as each run of reconcile finds it: gauges, which stay up until it is settled.
  waiting_metrics = {
    waiting_gaps                      = "The reconciliation found something that is missing or stuck"
    waiting_dead_letters              = "Messages failed for good"
    waiting_files_refused             = "A file from the ERP was refused whole: see invoices/rejected/ or orders/rejected/ for the line and the reason"
    waiting_invoices_rejected         = "An invoice in an otherwise good file is wrong: see invoices/rejected/ for its rows and the reason"
    waiting_answers_rejected          = "The ERP acknowledged an order that it was not sent, or unreadably: see orders/rejected/ for the row"
    waiting_invoice_conflicts         = "An invoice came again under the same number with other content. It was kept aside"
    waiting_orders_quarantined        = "An order could not be mapped for the ERP. Correct the mapping or the order, then replay it"
    waiting_orders_refused            = "The ERP refused an order. Correct the cause, in the shop or the layout, then replay the order"
    waiting_customers_without_account = "A customer's invoices have no account to go to"
  }

  # Dead letters have an alarm for each queue, and a customer may do without an account.
  alarmed_waiting = {
    for name, why in local.waiting_metrics : name => why
    if !contains(["waiting_dead_letters", "waiting_customers_without_account"], name)
  }

  # In seconds. Twice the rate of reconcile, so that each period has a run.
  waiting_period = 30 * 60

  # Counts of which a single one needs a person, and which nothing keeps.
  alarmed_metrics = {
    accounts_changed      = "A customer's invoices go to another account of the shop than before: see the day's report, and whose the earlier account is."
    answers_unreported    = "A shop refused the acknowledgement of an order: see the log of receive-acks."
    order_batches_refused = "The file of a batch could not be written, because its layout no longer takes its orders. Fix the layout: the next export writes it."
  }

  # The oldest a message may get, in seconds, before something is too slow or stands still.
  oldest_message = {
    shop-webhook    = 30 * 60     # the schedule has long read the order by then: the shop is slow
    receive-acks    = 4 * 60 * 60 # at the shop's pace too
    ingest-invoices = 30 * 60
    render-invoice  = 30 * 60
    publish-invoice = 4 * 60 * 60 # at the shop's pace, an evening's invoices take their time
  }
}

# Not encrypted by a key of ours: CloudWatch may not use the AWS-managed one, and alarms name no customer.
resource "aws_sns_topic" "alarms" {
  name = "${local.prefix}-alarms"
}

resource "aws_sns_topic_subscription" "email" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  for_each = local.dlq_names

  alarm_name          = "${each.value}-depth"
  alarm_description   = "Something failed for good and lies in ${each.value}. It is kept 14 days: fix the cause, then redrive."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "oldest_message" {
  for_each = local.queued

  alarm_name          = "${local.prefix}-${each.key}-oldest-message"
  alarm_description   = "A message for ${each.key} has waited for more than ${local.oldest_message[each.key] / 60} minutes."
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = "${local.prefix}-${each.key}" }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.oldest_message[each.key]
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# What is deferred goes back as a new message, which is young to SQS: functions count its true age.
moved {
  from = aws_cloudwatch_metric_alarm.put_off
  to   = aws_cloudwatch_metric_alarm.deferred
}

resource "aws_cloudwatch_metric_alarm" "deferred" {
  alarm_name          = "${local.prefix}-deferred"
  alarm_description   = "Messages have been deferred for an hour: a shop or AWS is away, or does not keep up. They are deferred for six hours, then fail."
  namespace           = local.metric_namespace
  metric_name         = "deferred_seconds"
  dimensions          = { env = var.env }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 60 * 60
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# A function that is not invoked has no errors either: only its silence shows that a schedule does not fire.
resource "aws_cloudwatch_metric_alarm" "heartbeat" {
  for_each = local.heartbeats

  alarm_name          = "${local.prefix}-${each.key}-heartbeat"
  alarm_description   = "${each.key} has not been invoked for ${each.value / 60} minutes: do its schedules fire?"
  namespace           = "AWS/Lambda"
  metric_name         = "Invocations"
  dimensions          = { FunctionName = module.function[each.key].name }
  statistic           = "Sum"
  period              = each.value
  evaluation_periods  = 1
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  treat_missing_data  = "breaching"
  actions_enabled     = var.schedules_enabled
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "counted" {
  for_each = local.alarmed_metrics

  alarm_name          = "${local.prefix}-${replace(each.key, "_", "-")}"
  alarm_description   = each.value
  namespace           = local.metric_namespace
  metric_name         = each.key
  dimensions          = { env = var.env }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# A gauge is missing when reconcile does not run, which its own alarms say: meanwhile what waited waits still.
resource "aws_cloudwatch_metric_alarm" "waiting" {
  for_each = local.alarmed_waiting

  alarm_name          = "${local.prefix}-${replace(each.key, "_", "-")}"
  alarm_description   = "${each.value}. `passerelle todo`, and today's file in reports/, name each and what settles it."
  namespace           = local.metric_namespace
  metric_name         = each.key
  dimensions          = { env = var.env }
  statistic           = "Maximum"
  period              = local.waiting_period
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "ignore"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}
