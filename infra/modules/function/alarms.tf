# Each alarm counts over five minutes and is quiet while nothing runs.
locals {
  alarms = {
    errors = {
      description = "${local.full_name} ended in an error: see its log."
      metric      = "Errors"
      statistic   = "Sum"
      threshold   = 0
    }
    throttles = {
      description = "${local.full_name} was refused by Lambda: the account's concurrency is used up."
      metric      = "Throttles"
      statistic   = "Sum"
      threshold   = 0
    }
    duration = {
      description = "${local.full_name} took more than 90 % of its ${var.timeout} s: it will soon be cut off."
      metric      = "Duration"
      statistic   = "Maximum"
      threshold   = 0.9 * var.timeout * 1000 # milliseconds
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${local.full_name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = aws_lambda_function.this.function_name }
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
  ok_actions          = [var.alarm_topic_arn]
}
