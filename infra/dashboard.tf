# One page for the operator, read from the top: is anything wrong, what came through today, who is slow.
locals {
  # A row of graphs: each its title, its unit of time and its metrics as [namespace, name, dimension, value…].
  dashboard_rows = [
    [
      {
        title = "Orders", stat = "Sum", period = 3600
        metrics = [for name in local.metrics.orders :
        [local.metric_namespace, name, "env", var.env]]
      },
      {
        title = "Invoices", stat = "Sum", period = 3600
        metrics = [for name in local.metrics.invoices :
        [local.metric_namespace, name, "env", var.env]]
      },
      {
        title = "Waits for a person (passerelle todo)", stat = "Maximum", period = 1800
        metrics = concat(
          [for name in keys(local.waiting_metrics) : [local.metric_namespace, name, "env", var.env]],
          [for name in keys(local.alarmed_metrics) :
          [local.metric_namespace, name, "env", var.env, { stat = "Sum" }]],
        )
      },
    ],
    [
      {
        title = "Messages waiting, deferred and lost", stat = "Maximum", period = 60
        metrics = concat(
          [for name in keys(local.queued) :
          ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", "${local.prefix}-${name}"]],
          [for name in ["messages_deferred", "messages_failed", "duplicate_deliveries", "lost_notifications", "announced_again"] :
          [local.metric_namespace, name, "env", var.env, { stat = "Sum" }]],
        )
      },
      {
        title = "Age of the oldest message (s)", stat = "Maximum", period = 60
        metrics = [for name in keys(local.queued) :
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "${local.prefix}-${name}"]]
      },
      {
        title = "Dead letters", stat = "Maximum", period = 300
        metrics = [for name in values(local.dlq_names) :
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]]
      },
    ],
    [
      {
        title = "Invocations", stat = "Sum", period = 300
        metrics = [for name in keys(local.functions) :
        ["AWS/Lambda", "Invocations", "FunctionName", "${local.prefix}-${name}"]]
      },
      {
        title = "Errors", stat = "Sum", period = 300
        metrics = [for name in keys(local.functions) :
        ["AWS/Lambda", "Errors", "FunctionName", "${local.prefix}-${name}"]]
      },
      {
        title = "Duration, slowest in a hundred (ms)", stat = "p99", period = 300
        metrics = [for name in keys(local.functions) :
        ["AWS/Lambda", "Duration", "FunctionName", "${local.prefix}-${name}"]]
      },
    ],
  ]

  alarm_arns = concat(
    [for alarm in aws_cloudwatch_metric_alarm.dead_letter : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.oldest_message : alarm.arn],
    [aws_cloudwatch_metric_alarm.deferred.arn],
    [for alarm in aws_cloudwatch_metric_alarm.heartbeat : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.counted : alarm.arn],
    [for alarm in aws_cloudwatch_metric_alarm.waiting : alarm.arn],
    flatten([for f in module.function : f.alarms[*].arn]),
  )
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = local.prefix

  dashboard_body = jsonencode({
    # In the morning the evening is on it: the console's own range is the last three hours.
    start = "-P1D"
    # Each graph keeps its own unit of time, whatever the range.
    periodOverride = "inherit"

    widgets = concat(
      [{
        type   = "alarm"
        x      = 0
        y      = 0
        width  = 24
        height = 5
        properties = {
          title  = "Alarms"
          alarms = local.alarm_arns
        }
      }],
      flatten([for y, row in local.dashboard_rows : [for x, graph in row : {
        type   = "metric"
        x      = 8 * x
        y      = 5 + 7 * y
        width  = 8
        height = 7
        properties = {
          title   = graph.title
          region  = var.region
          view    = "timeSeries"
          stat    = graph.stat
          period  = graph.period
          metrics = graph.metrics
          yAxis   = { left = { min = 0 } }
        }
      }]]),
    )
  })
}
