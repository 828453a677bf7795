output "name" {
  description = "The function's full name."
  value       = aws_lambda_function.this.function_name
}

output "arn" {
  description = "The function's ARN."
  value       = aws_lambda_function.this.arn
}

output "timeout" {
  description = "Seconds that one invocation may take."
  value       = aws_lambda_function.this.timeout
}

output "log_group" {
  description = "The name of its log group."
  value       = aws_cloudwatch_log_group.this.name
}

output "event_source" {
  description = "How its queue feeds it, or null."
  value       = one(aws_lambda_event_source_mapping.queue[*])
}

output "asynchronous" {
  description = "How asynchronous invocations are handled, or null."
  value       = one(aws_lambda_function_event_invoke_config.this[*])
}

output "statements" {
  description = "The statements of its role's policy: what it may do."
  value       = jsondecode(aws_iam_role_policy.this.policy).Statement
}

output "alarms" {
  description = "Its alarms."
  value       = values(aws_cloudwatch_metric_alarm.this)
}
