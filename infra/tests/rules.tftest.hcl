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
    condition = {
      for name, queue in aws_sqs_queue.work : name => [
        for s in jsondecode(queue.policy).Statement : [s.Principal.Service, s.Action, s.Resource, s.Condition] if s.Effect == "Allow"
      ]
      } == {
      for name in keys(aws_sqs_queue.work) : name => [
        for bucket in ["arn:aws:s3:::passerelle-prod-exchange"] : [
          "s3.amazonaws.com", "sqs:SendMessage", "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-${name}",
          { ArnEquals = { "aws:SourceArn" = bucket }, StringEquals = { "aws:SourceAccount" = "123456789012" } },
        ] if contains(["ingest-invoices", "receive-acks"], name)
      ]
    }
    error_message = "The policy of a queue admits another sender than this account's bucket, or the bucket cannot send to the two queues of its files."
  }

  assert {
    condition = { for name, c in aws_lambda_function_recursion_config.queued : name => "${c.function_name} ${c.recursive_loop}" } == {
      for name in keys(aws_sqs_queue.work) : name => "passerelle-prod-${name} Allow"
    }
    error_message = "Lambda would end a function that puts messages back into its own queue: it takes that for a loop."
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
          for action in s.Action : can(regex("^[a-z0-9]+:[A-Z][A-Za-z]+$", action))
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
          for resource in s.Resource : !strcontains(
            trimsuffix(replace(resource, "/^arn:aws:s3:::passerelle-prod-exchange/[a-z/]+/\\*$/", ""), ":log-stream:*"), "*"
          )
        ]
      ]
    ]))
    error_message = "A function's permissions name what they are for: no resource is *."
  }

  assert {
    condition = alltrue([
      for s in jsondecode(aws_iam_role_policy.scheduler.policy).Statement : alltrue([for x in concat(s.Action, s.Resource) : !strcontains(x, "*")])
    ])
    error_message = "The scheduler invokes its functions and nothing else."
  }

  assert {
    condition = [for s in jsondecode(aws_iam_role.scheduler.assume_role_policy).Statement : [s.Principal, s.Condition]] == [[
      { Service = "scheduler.amazonaws.com" },
      { StringEquals = { "aws:SourceAccount" = "123456789012", "aws:SourceArn" = aws_scheduler_schedule_group.this.arn } },
    ]]
    error_message = "Others than this environment's schedules in this account may take the scheduler's role."
  }

  # By what is touched, where the code goes by function.
  assert {
    condition = toset(flatten([
      for name, f in module.function : [for s in f.statements : [for action in s.Action : [for resource in s.Resource : join(" ", [
        name, s.Effect, action,
        replace(replace(replace(resource,
          "arn:aws:s3:::passerelle-prod-exchange", "bucket"),
          "arn:aws:dynamodb:eu-west-3:123456789012:table/passerelle-prod-ledger", "ledger"),
        "arn:aws:sqs:eu-west-3:123456789012:passerelle-prod-", "queue "),
      ])]]]
      ])) == toset(flatten([
      for row in concat(
        [
          { on = "arn:aws:logs:eu-west-3:123456789012:log-group:mocked:log-stream:*", may = ["logs:CreateLogStream", "logs:PutLogEvents"], who = keys(local.functions) },
          { on = "bucket/config/*", may = ["s3:GetObject"], who = keys(local.functions) },
          { on = "bucket", may = ["s3:ListBucket"], who = keys(local.functions) },
          { on = "ledger", may = [for verb in ["BatchGetItem", "ConditionCheckItem", "GetItem", "PutItem", "Query"] : "dynamodb:${verb}"], who = keys(local.functions) },
          { on = "ledger/index/by-state", may = ["dynamodb:Query"], who = keys(local.functions) },

          { on = aws_secretsmanager_secret.shop["rungis"].arn, may = ["secretsmanager:GetSecretValue"], who = ["fetch-orders", "shop-webhook", "receive-acks", "publish-invoice", "reconcile"] },

          # What came from outside or from another function is read; what a function writes it reads again.
          { on = "bucket/orders/acks/*", may = ["s3:GetObject", "s3:GetObjectVersion"], who = ["receive-acks"] },
          { on = "bucket/invoices/inbox/*", may = ["s3:GetObject", "s3:GetObjectVersion"], who = ["ingest-invoices"] },
          { on = "bucket/invoices/pdf/*", may = ["s3:GetObject", "s3:GetObjectVersion"], who = ["publish-invoice"] },
          { on = "bucket", may = ["s3:ListBucketVersions"], who = ["ingest-invoices", "reconcile"] },
          { on = "bucket/raw/*", may = ["s3:GetObject", "s3:PutObject"], who = ["fetch-orders", "shop-webhook", "reconcile"] },
          { on = "bucket/orders/outbox/*", may = ["s3:GetObject", "s3:PutObject"], who = ["export-orders"] },
          { on = "bucket/orders/rejected/*", may = ["s3:GetObject", "s3:PutObject"], who = ["receive-acks"] },
          { on = "bucket/invoices/rejected/*", may = ["s3:GetObject", "s3:PutObject"], who = ["ingest-invoices"] },
          { on = "bucket/invoices/pdf/*", may = ["s3:GetObject", "s3:PutObject"], who = ["render-invoice"] },
          { on = "bucket/reports/*", may = ["s3:GetObject", "s3:PutObject"], who = ["reconcile"] },

          { on = "queue receive-acks", may = ["sqs:SendMessage"], who = ["reconcile"] },
          { on = "queue ingest-invoices", may = ["sqs:SendMessage"], who = ["reconcile"] },
          { on = "queue render-invoice", may = ["sqs:SendMessage"], who = ["ingest-invoices", "reconcile"] },
          { on = "queue publish-invoice", may = ["sqs:SendMessage"], who = ["render-invoice", "reconcile"] },
        ],
        [for name in keys(aws_sqs_queue.work) : {
          on  = "queue ${name}"
          may = [for verb in ["ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ReceiveMessage", "SendMessage"] : "sqs:${verb}"]
          who = [name]
        }],
        [for name in keys(aws_sqs_queue.dead_letter) : { on = "queue ${name}-dlq", may = ["sqs:GetQueueAttributes"], who = ["reconcile"] }],
      ) : [for who in row.who : [for action in row.may : "${who} Allow ${action} ${row.on}"]]
    ]))
    error_message = "A function lacks a permission that its work needs, or has one too many."
  }

  assert {
    condition = alltrue(flatten([
      for name, f in module.function : [
        for s in f.statements : !contains(s.Action, "secretsmanager:GetSecretValue")
      ] if !contains(["fetch-orders", "shop-webhook", "receive-acks", "publish-invoice", "reconcile"], name)
    ]))
    error_message = "Only the functions that talk to a shop read its keys."
  }

  assert {
    condition = alltrue([
      for name, queue in aws_sqs_queue.work : contains(flatten([
        for s in module.function[name].statements : s.Resource if contains(s.Action, "sqs:SendMessage")
      ]), "arn:aws:sqs:eu-west-3:123456789012:${queue.name}")
    ])
    error_message = "A function may put a message back into its own queue, to spare its receive count."
  }

  assert {
    condition = toset(flatten([
      for s in module.function["reconcile"].statements : s.Resource if s.Sid == "CountDeadLetters"
    ])) == toset([for queue in aws_sqs_queue.dead_letter : "arn:aws:sqs:eu-west-3:123456789012:${queue.name}"])
    error_message = "The day's report counts the dead letters of every queue."
  }

  assert {
    condition = alltrue(flatten([
      for f in module.function : [
        for s in f.statements : [
          for action in s.Action : !startswith(action, "s3:Delete") && action != "dynamodb:DeleteItem"
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
        for resource in s.Resource : anytrue([
          for other in ["invoices/", "orders/", "reports/", "-ingest-", "-render-", "-publish-"] : strcontains(resource, other)
        ])
      ]
    ]))
    error_message = "What stands at a public address may touch orders and raw responses, and nothing else."
  }
}

run "alarms" {
  command = apply

  # What each alarm looks at, as AWS and the functions name it. Metrics of ours: shared/services/tests/metrics.rs.
  assert {
    condition = toset([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.dead_letter),
        values(aws_cloudwatch_metric_alarm.oldest_message),
        [aws_cloudwatch_metric_alarm.deferred],
        values(aws_cloudwatch_metric_alarm.heartbeat),
        values(aws_cloudwatch_metric_alarm.counted),
        values(aws_cloudwatch_metric_alarm.waiting),
        flatten([for f in module.function : f.alarms]),
        ) : join(" ", [
          trimprefix(alarm.alarm_name, "passerelle-prod-"), alarm.statistic, alarm.namespace, alarm.metric_name,
          join(",", [for name, value in alarm.dimensions : "${name}=${value}"]), alarm.comparison_operator,
      ])
      ]) == toset(flatten([
        [for f in concat(keys(aws_sqs_queue.work), ["schedules"]) :
        "${f}-dlq-depth Maximum AWS/SQS ApproximateNumberOfMessagesVisible QueueName=passerelle-prod-${f}-dlq GreaterThanThreshold"],
        [for f in keys(aws_sqs_queue.work) :
        "${f}-oldest-message Maximum AWS/SQS ApproximateAgeOfOldestMessage QueueName=passerelle-prod-${f} GreaterThanThreshold"],
        [for f in keys(local.functions) : [
          "${f}-errors Sum AWS/Lambda Errors FunctionName=passerelle-prod-${f} GreaterThanThreshold",
          "${f}-throttles Sum AWS/Lambda Throttles FunctionName=passerelle-prod-${f} GreaterThanThreshold",
          "${f}-duration Maximum AWS/Lambda Duration FunctionName=passerelle-prod-${f} GreaterThanThreshold",
        ]],
        [for f in ["fetch-orders", "export-orders", "reconcile"] :
        "${f}-heartbeat Sum AWS/Lambda Invocations FunctionName=passerelle-prod-${f} LessThanThreshold"],
        "deferred Maximum Passerelle deferred_seconds env=prod GreaterThanThreshold",
        [for metric in ["accounts_changed", "answers_unreported", "order_batches_refused"] :
        "${replace(metric, "_", "-")} Sum Passerelle ${metric} env=prod GreaterThanThreshold"],
        [for metric in [
          "waiting_gaps", "waiting_files_refused", "waiting_invoices_rejected", "waiting_answers_rejected",
          "waiting_invoice_conflicts", "waiting_orders_quarantined", "waiting_orders_refused",
        ] : "${replace(metric, "_", "-")} Maximum Passerelle ${metric} env=prod GreaterThanThreshold"],
    ]))
    error_message = "An alarm is missing, or looks at a metric that nothing emits: a name, namespace or dimension is another."
  }

  assert {
    condition = alltrue([
      for alarm in concat(
        values(aws_cloudwatch_metric_alarm.dead_letter),
        values(aws_cloudwatch_metric_alarm.counted),
        flatten([for f in module.function : [for alarm in f.alarms : alarm if alarm.metric_name != "Duration"]]),
      ) : alarm.threshold == 0 && alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "A single dead letter, error, throttle, or count that needs a person raises no alarm, or silence raises one."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.oldest_message : alarm.threshold <= 4 * 60 * 60])
    error_message = "A message may wait for more than four hours without an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.deferred.threshold < 6 * 60 * 60
    error_message = "Messages that are deferred raise no alarm before they fail: they are young in SQS's eyes."
  }

  assert {
    condition = alltrue(flatten([
      for f in module.function : [for alarm in f.alarms : alarm.threshold < 1000 * f.timeout if alarm.metric_name == "Duration"]
    ]))
    error_message = "A function may reach its time-out without an alarm: Duration is in milliseconds."
  }

  assert {
    condition = alltrue([
      for schedule in local.schedules :
      aws_cloudwatch_metric_alarm.heartbeat[schedule.function].treat_missing_data == "breaching"
      && aws_cloudwatch_metric_alarm.heartbeat[schedule.function].threshold == 1
      ]) && { for name, alarm in aws_cloudwatch_metric_alarm.heartbeat : name => alarm.period } == {
      fetch-orders  = 3 * 5 * 60
      export-orders = 24 * 60 * 60
      reconcile     = 3 * 15 * 60
    }
    error_message = "A schedule that does not fire raises no alarm after three turns, or a day."
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
        [aws_cloudwatch_metric_alarm.deferred],
        values(aws_cloudwatch_metric_alarm.heartbeat),
        values(aws_cloudwatch_metric_alarm.counted),
        values(aws_cloudwatch_metric_alarm.waiting),
        flatten([for f in module.function : f.alarms]),
      ) : alarm.alarm_actions == toset([aws_sns_topic.alarms.arn]) && alarm.ok_actions == alarm.alarm_actions && coalesce(alarm.actions_enabled, true)
    ])
    error_message = "An alarm notifies nobody when it goes off or when it clears."
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

  assert {
    condition = toset(concat([
      for widget in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : [
        for m in widget.properties.metrics : m[0] == "Passerelle" ? "Passerelle ${m[2]}=${m[3]}" : "${m[0]} ${m[1]} ${m[2]}=${m[3]}"
      ] if widget.type == "metric"
      ]...)) == toset(flatten([
      "Passerelle env=prod",
      [for f in concat(keys(aws_sqs_queue.work), [for name in keys(aws_sqs_queue.dead_letter) : "${name}-dlq"]) :
      "AWS/SQS ApproximateNumberOfMessagesVisible QueueName=passerelle-prod-${f}"],
      [for f in keys(aws_sqs_queue.work) : "AWS/SQS ApproximateAgeOfOldestMessage QueueName=passerelle-prod-${f}"],
      [for f in keys(local.functions) : [
        for metric in ["Invocations", "Errors", "Duration"] : "AWS/Lambda ${metric} FunctionName=passerelle-prod-${f}"
      ]],
    ]))
    error_message = "The dashboard lacks a queue or a function, or has a line for a name, namespace or dimension that nothing emits."
  }

  assert {
    condition = toset(jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets[0].properties.alarms) == toset(concat(
      values(aws_cloudwatch_metric_alarm.dead_letter)[*].arn,
      values(aws_cloudwatch_metric_alarm.oldest_message)[*].arn,
      [aws_cloudwatch_metric_alarm.deferred.arn],
      values(aws_cloudwatch_metric_alarm.heartbeat)[*].arn,
      values(aws_cloudwatch_metric_alarm.counted)[*].arn,
      values(aws_cloudwatch_metric_alarm.waiting)[*].arn,
      flatten([for f in module.function : f.alarms[*].arn]),
    ))
    error_message = "An alarm is missing on the dashboard."
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
      && s.state == "ENABLED" && s.flexible_time_window[0].mode == "OFF"
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
    condition = { for name, s in aws_scheduler_schedule.this : name => "${local.schedules[name].function} ${s.schedule_expression}" } == {
      fetch-orders-midnight = "fetch-orders cron(0 0 * * ? *)"
      fetch-orders-often    = "fetch-orders rate(5 minutes)"
      export-orders-first   = "export-orders cron(20,35,50 0 * * ? *)"
      export-orders-night   = "export-orders cron(5,20,35,50 1-2 * * ? *)"
      reconcile-often       = "reconcile rate(15 minutes)"
      reconcile-evening     = "reconcile cron(0 19 * * ? *)"
    }
    error_message = "A schedule is missing, or fires at another time."
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
    condition = {
      for rule in aws_s3_bucket_lifecycle_configuration.exchange[0].rule : rule.id => join(", ", concat(
        [rule.status],
        [for filter in rule.filter : "in ${filter.prefix}" if rule.id != "unfinished-uploads"],
        [for e in rule.expiration : "objects ${e.days} d"],
        [for e in rule.noncurrent_version_expiration : "old versions ${e.noncurrent_days} d"],
        [for a in rule.abort_incomplete_multipart_upload : "uploads ${a.days_after_initiation} d"],
      ))
      } == {
      raw-answers             = "Enabled, in raw/, objects 90 d, old versions 7 d"
      old-versions-of-config  = "Enabled, in config/, old versions 365 d"
      old-versions-of-reports = "Enabled, in reports/, old versions 365 d"
      unfinished-uploads      = "Enabled, uploads 7 d"
    }
    error_message = "Something expires sooner or later than agreed: the shops' answers, old configurations, old reports."
  }

  assert {
    condition = alltrue(concat(
      [for queue in aws_sqs_queue.work : queue.message_retention_seconds == 4 * 86400],
      [for queue in aws_sqs_queue.dead_letter : queue.message_retention_seconds == 14 * 86400],
    ))
    error_message = "A message is not kept for 4 days, or a dead letter not for the 14 that SQS allows."
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
