# The rules that matter, on a plan of production with the provider mocked: nothing is made, no account is needed.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = {
      account_id = "123456789012"
    }
  }

  mock_resource "aws_sqs_queue" {
    defaults = {
      arn = "arn:aws:sqs:eu-west-3:123456789012:mocked"
    }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["receive-acks"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-receive-acks-dlq" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["ingest-invoices"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-ingest-invoices-dlq" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["render-invoice"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-render-invoice-dlq" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["publish-invoice"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-publish-invoice-dlq" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["shop-webhook"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-shop-webhook-dlq" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letter["schedules"]
    values = { arn = "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-schedules-dlq" }
  }

  mock_resource "aws_lambda_function" {
    defaults = {
      arn = "arn:aws:lambda:eu-west-3:123456789012:function:mocked"
    }
  }

  mock_resource "aws_iam_role" {
    defaults = {
      arn = "arn:aws:iam::123456789012:role/mocked"
    }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = {
      arn = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:mocked"
    }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = {
      arn = "arn:aws:logs:eu-west-3:123456789012:log-group:mocked"
    }
  }

  mock_resource "aws_sns_topic" {
    defaults = {
      arn = "arn:aws:sns:eu-west-3:123456789012:mocked"
    }
  }
}

variables {
  env           = "prod"
  shops         = ["rungis"]
  config_dir    = "tests/fixtures/config"
  artifacts_dir = "tests/fixtures/artifacts"
}

run "queues" {
  command = apply

  assert {
    condition = alltrue([
      for name, queue in aws_sqs_queue.work : queue.visibility_timeout_seconds == 6 * module.function[name].timeout
    ])
    error_message = "A queue's visibility time-out is six times its function's time-out."
  }

  assert {
    condition = alltrue([
      for queue in aws_sqs_queue.work : jsondecode(queue.redrive_policy).maxReceiveCount >= 5
    ])
    error_message = "A message is received at least five times before it counts as dead."
  }

  assert {
    condition = alltrue([
      for name, queue in aws_sqs_queue.work :
      jsondecode(queue.redrive_policy).deadLetterTargetArn == "arn:aws:sqs:eu-west-3:123456789012:${queue.name}-dlq"
      && aws_sqs_queue.dead_letter[name].message_retention_seconds > queue.message_retention_seconds
    ])
    error_message = "Every queue has its own dead-letter queue, which keeps longer than its source: the age counts from the first send."
  }

  assert {
    condition = alltrue([
      for name in keys(aws_sqs_queue.work) :
      module.function[name].event_source.function_response_types == toset(["ReportBatchItemFailures"])
    ])
    error_message = "Only the messages that failed come again, not their whole batch."
  }

  assert {
    condition = alltrue([
      for name in keys(aws_sqs_queue.work) :
      module.function[name].event_source.scaling_config[0].maximum_concurrency >= 2
      && module.function[name].event_source.scaling_config[0].maximum_concurrency <= 1000
    ])
    error_message = "Every queue's concurrency is bounded, within what AWS takes."
  }

  assert {
    condition = alltrue([
      for queue in concat(values(aws_sqs_queue.work), values(aws_sqs_queue.dead_letter)) : queue.sqs_managed_sse_enabled
    ])
    error_message = "Every queue is encrypted."
  }

  assert {
    condition = alltrue([
      for queue in concat(values(aws_sqs_queue.work), values(aws_sqs_queue.dead_letter)) :
      contains([for s in jsondecode(queue.policy).Statement : s.Sid], "OnlyOverTls")
    ])
    error_message = "No queue answers without TLS."
  }

  assert {
    condition     = toset([for q in aws_s3_bucket_notification.exchange.queue : q.filter_prefix]) == toset(["invoices/inbox/", "orders/acks/"])
    error_message = "A file dropped into an inbox of the ERP is announced, and no other: what functions write must not wake them."
  }

  assert {
    condition = (
      aws_sqs_queue.work["ingest-invoices"].name == "passerelle-prod-ingest-invoices"
      && aws_sqs_queue.dead_letter["ingest-invoices"].name == "passerelle-prod-ingest-invoices-dlq"
      && aws_sqs_queue.dead_letter["schedules"].name == "passerelle-prod-schedules-dlq"
      && aws_s3_bucket.exchange.bucket == "passerelle-prod-exchange"
      && aws_dynamodb_table.ledger.name == "passerelle-prod-ledger"
      && aws_secretsmanager_secret.shop["rungis"].name == "passerelle-prod/shops/rungis"
      && output.functions["fetch-orders"] == "passerelle-prod-fetch-orders"
    )
    error_message = "Names are passerelle-<env>-<thing>: functions, scripts and people rely on them."
  }
}

run "permissions" {
  command = apply

  assert {
    condition = alltrue(flatten([
      for f in module.function : [
        for s in f.statements : [
          for action in s.actions : can(regex("^[a-z0-9]+:[A-Z][A-Za-z]+$", action))
        ]
      ]
    ]))
    error_message = "Every action that a function may do is named in full."
  }

  assert {
    condition = alltrue(flatten([
      for f in module.function : [
        for s in f.statements : [
          # Objects under a prefix of the bucket and streams in the function's own log have no names yet.
          for resource in s.resources : !strcontains(
            trimsuffix(replace(resource, "/^arn:aws:s3:::passerelle-prod-exchange/[a-z/]+/\\*$/", ""), ":log-stream:*"), "*"
          )
        ]
      ]
    ]))
    error_message = "A function's permissions name what they are for: no resource is *."
  }

  assert {
    condition = alltrue([
      for s in local.scheduler_statements : alltrue([for x in concat(s.Action, s.Resource) : !strcontains(x, "*")])
    ])
    error_message = "The scheduler invokes its functions and nothing else."
  }

  assert {
    condition = alltrue(flatten([
      for name, f in module.function : [
        for s in f.statements : !contains(s.actions, "secretsmanager:GetSecretValue")
      ] if !contains(["fetch-orders", "shop-webhook", "receive-acks", "publish-invoice", "reconcile"], name)
    ]))
    error_message = "Only the functions that talk to a shop read its keys."
  }

  assert {
    condition = alltrue([
      for name, queue in aws_sqs_queue.work : contains(flatten([
        for s in module.function[name].statements : s.resources if contains(s.actions, "sqs:SendMessage")
      ]), "arn:aws:sqs:eu-west-3:123456789012:${queue.name}")
    ])
    error_message = "A function may put a message back into its own queue, to spare its receive count."
  }

  assert {
    condition = toset(flatten([
      for s in module.function["reconcile"].statements : s.resources if s.sid == "CountDeadLetters"
    ])) == toset([for queue in aws_sqs_queue.dead_letter : "arn:aws:sqs:eu-west-3:123456789012:${queue.name}"])
    error_message = "The day's report counts the dead letters of every queue."
  }

  assert {
    condition = alltrue(flatten([
      for f in module.function : [
        for s in f.statements : [
          for action in s.actions : !startswith(action, "s3:Delete") && action != "dynamodb:DeleteItem"
        ]
      ]
    ]))
    error_message = "No function deletes what is kept."
  }

  assert {
    condition = (
      aws_lambda_function_url.webhooks.authorization_type == "NONE"
      && aws_lambda_function_url.webhooks.function_name == module.function["shop-webhook"].name
    )
    error_message = "Shops can sign for their own system only, so the one public address is that of the function that checks it."
  }

  assert {
    condition = !anytrue(flatten([
      for s in module.function["shop-webhook"].statements : [
        for resource in s.resources : anytrue([
          for other in ["invoices/", "orders/", "reports/", "-ingest-", "-render-", "-publish-"] : strcontains(resource, other)
        ])
      ]
    ]))
    error_message = "What stands at a public address may touch orders and raw answers, and nothing else."
  }
}

run "alarms" {
  command = apply

  assert {
    condition = toset(keys(aws_cloudwatch_metric_alarm.dead_letter)) == toset(keys(aws_sqs_queue.dead_letter)) && alltrue([
      for name, alarm in aws_cloudwatch_metric_alarm.dead_letter :
      alarm.dimensions.QueueName == aws_sqs_queue.dead_letter[name].name && alarm.threshold == 0
    ])
    error_message = "A single message in a dead-letter queue raises an alarm."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_metric_alarm.oldest_message)) == toset(keys(aws_sqs_queue.work))
    error_message = "Every queue has an alarm for its oldest message."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.put_off.metric_name == "deferred_seconds"
      && aws_cloudwatch_metric_alarm.put_off.threshold < 6 * 60 * 60
    )
    error_message = "Messages that are put off raise an alarm before they fail: they are young in SQS's eyes."
  }

  assert {
    condition     = alltrue([for f in module.function : length(f.alarm_arns) == 3])
    error_message = "Every function has alarms for errors, throttles and time."
  }

  assert {
    condition = alltrue([
      for schedule in local.schedules :
      aws_cloudwatch_metric_alarm.heartbeat[schedule.function].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.heartbeat[schedule.function].period <= 86400
    ])
    error_message = "A schedule that does not fire raises an alarm within a day: missing data breaches."
  }

  assert {
    condition = toset([for alarm in aws_cloudwatch_metric_alarm.counted : alarm.metric_name]) == toset([
      "accounts_changed", "answers_unreported", "order_batches_refused",
    ])
    error_message = "Changed accounts, refused batches, and answers that a shop does not take, each need a person."
  }

  assert {
    condition = toset([for alarm in aws_cloudwatch_metric_alarm.waiting : alarm.metric_name]) == toset([
      "waiting_gaps", "waiting_files_refused", "waiting_invoices_rejected", "waiting_answers_rejected",
      "waiting_invoice_conflicts", "waiting_orders_quarantined", "waiting_orders_refused",
    ])
    error_message = "Gaps, refused files, invoices and orders, and conflicts each need a person."
  }

  assert {
    condition = alltrue([
      for alarm in aws_cloudwatch_metric_alarm.waiting : alarm.statistic == "Maximum" && alarm.threshold == 0
      && alarm.treat_missing_data == "ignore" && alarm.period >= 2 * 15 * 60
    ]) && local.schedules["reconcile-often"].expression == "rate(15 minutes)"
    error_message = "An alarm of what waits lasts until a run of reconcile finds nothing: each period has a run, and no run changes nothing."
  }

  assert {
    condition = alltrue([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.dead_letter),
        values(aws_cloudwatch_metric_alarm.oldest_message),
        [aws_cloudwatch_metric_alarm.put_off],
        values(aws_cloudwatch_metric_alarm.heartbeat),
        values(aws_cloudwatch_metric_alarm.counted),
        values(aws_cloudwatch_metric_alarm.waiting),
      ) : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn]) && coalesce(alarm.actions_enabled, true)
    ])
    error_message = "Every alarm tells somebody."
  }
}

run "dashboard" {
  command = apply

  assert {
    condition = (
      jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).start == "-P1D"
      && jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).periodOverride == "inherit"
    )
    error_message = "In the morning the dashboard shows the evening, whatever the console's own range is."
  }

  assert {
    condition = length([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : widget
      if try(widget.properties.stat, "") == "Maximum" && toset([
        for metric in try(widget.properties.metrics, []) : metric[1] if startswith(metric[1], "waiting_")
      ]) == toset(keys(local.waiting_metrics))
    ]) == 1
    error_message = "One graph shows all that waits for a person, as gauges: their sum over an hour would mean nothing."
  }
}

run "schedules" {
  command = apply

  assert {
    condition     = alltrue([for s in aws_scheduler_schedule.this : s.schedule_expression_timezone == "Europe/Paris"])
    error_message = "Times of day are those of the market."
  }

  assert {
    condition = alltrue([
      for s in aws_scheduler_schedule.this :
      s.target[0].input == "{\"scheduled_time\":\"<aws.scheduler.scheduled-time>\"}"
    ])
    error_message = "A run works on the time it was due; jsonencode would escape the placeholder."
  }

  assert {
    condition = alltrue([
      for s in aws_scheduler_schedule.this :
      s.target[0].dead_letter_config[0].arn == "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-schedules-dlq"
      && s.target[0].retry_policy[0].maximum_retry_attempts > 0
      && s.state == "ENABLED"
    ])
    error_message = "A schedule that cannot reach its function tries again, and then says so."
  }

  assert {
    condition = alltrue([
      for s in local.schedules :
      module.function[s.function].asynchronous.maximum_retry_attempts == 0
      && length(module.function[s.function].asynchronous.destination_config) == 0
    ])
    error_message = "A scheduled run that fails leaves no dead letter: a shop that is down would make 12 an hour."
  }

  assert {
    condition = (
      aws_scheduler_schedule.this["fetch-orders-midnight"].schedule_expression == "cron(0 0 * * ? *)"
      && toset([for s in local.schedules : s.function]) == toset(["fetch-orders", "export-orders", "reconcile"])
    )
    error_message = "The day's orders are fetched at midnight, exported in the night, and reconciled all day."
  }
}

run "schedules_can_be_switched_off" {
  command = apply

  variables {
    schedules_enabled = false
  }

  assert {
    condition = (
      alltrue([for s in aws_scheduler_schedule.this : s.state == "DISABLED"])
      && alltrue([for a in aws_cloudwatch_metric_alarm.heartbeat : !a.actions_enabled])
    )
    error_message = "With its schedules off, nobody is woken because nothing runs."
  }
}

run "what_is_kept" {
  command = apply

  assert {
    condition     = aws_s3_bucket_versioning.exchange.versioning_configuration[0].status == "Enabled"
    error_message = "An object that was overwritten or deleted can be had back."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_lifecycle_configuration.exchange[0].rule :
      (length(rule.expiration) == 0 && length(rule.noncurrent_version_expiration) == 0)
      || contains(["raw/", "config/", "reports/"], rule.filter[0].prefix)
    ])
    error_message = "Nothing under invoices/ or orders/ expires: they are kept ten years."
  }

  assert {
    condition = alltrue(flatten([
      for rule in aws_s3_bucket_server_side_encryption_configuration.exchange.rule :
      [for by_default in rule.apply_server_side_encryption_by_default : by_default.sse_algorithm == "AES256"]
    ]))
    error_message = "The bucket is encrypted."
  }

  assert {
    condition = (
      aws_s3_bucket_public_access_block.exchange.block_public_acls
      && aws_s3_bucket_public_access_block.exchange.block_public_policy
      && aws_s3_bucket_public_access_block.exchange.ignore_public_acls
      && aws_s3_bucket_public_access_block.exchange.restrict_public_buckets
    )
    error_message = "Nobody outside sees the bucket."
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.exchange[0].policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "The bucket answers only over TLS."
  }

  assert {
    condition = (
      aws_dynamodb_table.ledger.deletion_protection_enabled
      && aws_dynamodb_table.ledger.point_in_time_recovery[0].enabled
      && length(aws_dynamodb_table.ledger.ttl) == 0
    )
    error_message = "The ledger cannot be deleted by mistake, can be had back as it was, and forgets nothing."
  }

  assert {
    condition = length([
      for index in aws_dynamodb_table.ledger.global_secondary_index : index
      if index.name == "by-state" && index.hash_key == "state_key" && index.range_key == "state_since" && index.projection_type == "ALL"
    ]) == 1
    error_message = "The work list is the index by-state."
  }

  assert {
    condition     = length(aws_secretsmanager_secret_version.shop) == 0
    error_message = "In production the operator fills the secrets in; Terraform never sees them."
  }
}

run "configuration_reaches_the_bucket" {
  command = apply

  assert {
    condition     = toset([for o in aws_s3_object.config : o.key]) == toset(["config/passerelle.toml", "config/layouts/orders.toml", "config/layouts/payments.csv"])
    error_message = "The bucket gets the configuration, the layouts and their lists, and nothing else that lies beside them."
  }
}

run "a_directory_without_configuration_is_refused" {
  command = plan

  variables {
    config_dir = "tests/fixtures"
  }

  expect_failures = [aws_s3_bucket.exchange]
}

run "a_name_that_is_none_is_refused" {
  command = plan

  variables {
    env = "Prod 1"
  }

  expect_failures = [var.env]
}

run "no_shop_is_refused" {
  command = plan

  variables {
    shops = []
  }

  expect_failures = [var.shops]
}
