# One Lambda function with all that belongs to it: code, role, log, queue, alarms (alarms.tf).
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

locals {
  full_name = "${var.prefix}-${var.name}"

  statements = concat(
    [{
      sid        = "WriteOwnLog"
      actions    = ["logs:CreateLogStream", "logs:PutLogEvents"]
      resources  = ["${aws_cloudwatch_log_group.this.arn}:log-stream:*"]
      conditions = {}
    }],
    var.statements,
  )
}

resource "aws_lambda_function" "this" {
  function_name    = local.full_name
  role             = aws_iam_role.this.arn
  runtime          = "provided.al2023"
  handler          = "bootstrap"
  architectures    = [var.architecture]
  filename         = var.filename
  source_code_hash = filebase64sha256(var.filename)
  memory_size      = var.memory
  timeout          = var.timeout

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = "JSON"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  # Without its policy the function would start, fail to read its configuration and be marked as broken.
  depends_on = [aws_iam_role_policy.this]
}

# Made here, and not by the first log line, so that it has a retention.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.full_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "this" {
  name = local.full_name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "what-it-needs"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [for statement in local.statements : merge(
      {
        Sid      = statement.sid
        Effect   = "Allow"
        Action   = statement.actions
        Resource = statement.resources
      },
      length(statement.conditions) > 0 ? { Condition = statement.conditions } : {},
    )]
  })
}

resource "aws_lambda_event_source_mapping" "queue" {
  count = var.queue == null ? 0 : 1

  event_source_arn = var.queue.arn
  function_name    = aws_lambda_function.this.arn
  batch_size       = var.queue.batch_size

  # Only the messages that failed come again, not their whole batch.
  function_response_types = ["ReportBatchItemFailures"]

  # Bounds the load on what stands behind the function without throttling it, which would use up the
  # messages' receive counts.
  scaling_config {
    maximum_concurrency = var.queue.concurrency
  }
}

# A schedule invokes asynchronously. A run that fails is not tried again, and leaves no dead letter: the schedule's next
# run does the same work, and the alarm for errors (alarms.tf) has said so. Only a run that Lambda could not start, being
# throttled, waits for up to an hour.
resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.queue == null ? 1 : 0

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 3600
}
