# Each function that is fed by a queue has its own queue and its own dead-letter queue.
#
# The policy stands in the queue, its ARNs built from names: the provider waits 25 s for each queue and each
# separate policy. (SQS refuses a queue whose dead-letter queue is not there yet, so that ARN is a real one.)
locals {
  day = 24 * 60 * 60

  # What a message may be received before it goes to the dead-letter queue.
  receive_count = 5

  # The age counts from the first send, so a dead-letter queue must keep longer than its source.
  source_retention_seconds = 4 * local.day
  dlq_retention_seconds    = 14 * local.day

  dlq_names = merge(
    { for name, f in local.queued : name => "${local.prefix}-${name}-dlq" },
    # Runs that the scheduler could not hand to Lambda. What a run fails at is not in it (modules/function).
    { schedules = "${local.prefix}-schedules-dlq" },
  )

  # Who else may send to a queue, besides functions (whose roles say so).
  queue_senders = {
    ingest-invoices = [{ principal = "s3.amazonaws.com", source_arn = local.bucket_arn }]
    receive-acks    = [{ principal = "s3.amazonaws.com", source_arn = local.bucket_arn }]
  }

  queue_statements = {
    for name, f in local.queued : name => concat(
      local.only_over_tls["${local.prefix}-${name}"],
      [for sender in lookup(local.queue_senders, name, []) : {
        Sid       = "Sender"
        Effect    = "Allow"
        Principal = { Service = sender.principal }
        Action    = "sqs:SendMessage"
        Resource  = "${local.sqs_arn}:${local.prefix}-${name}"
        Condition = {
          ArnEquals    = { "aws:SourceArn" = sender.source_arn }
          StringEquals = { "aws:SourceAccount" = local.account }
        }
      }],
    )
  }
}

resource "aws_sqs_queue" "work" {
  for_each = local.queued

  name                       = "${local.prefix}-${each.key}"
  visibility_timeout_seconds = 6 * each.value.timeout
  message_retention_seconds  = local.source_retention_seconds
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letter[each.key].arn
    maxReceiveCount     = local.receive_count
  })

  policy = length(local.queue_statements[each.key]) == 0 ? null : jsonencode({
    Version   = "2012-10-17"
    Statement = local.queue_statements[each.key]
  })
}

resource "aws_sqs_queue" "dead_letter" {
  for_each = local.dlq_names

  name                      = each.value
  message_retention_seconds = local.dlq_retention_seconds
  sqs_managed_sse_enabled   = true

  redrive_allow_policy = each.key == "schedules" ? null : jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = ["${local.sqs_arn}:${local.prefix}-${each.key}"]
  })

  policy = var.local ? null : jsonencode({
    Version   = "2012-10-17"
    Statement = local.only_over_tls[each.value]
  })
}

locals {
  # Not on the local cloud, which speaks plain HTTP and does enforce this.
  only_over_tls = {
    for name in concat([for n, f in local.queued : "${local.prefix}-${n}"], values(local.dlq_names)) : name => [
      for cloud in ["aws"] : {
        Sid       = "OnlyOverTls"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = "${local.sqs_arn}:${name}"
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      } if !var.local
    ]
  }
}
