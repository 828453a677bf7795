output "bucket" {
  description = "The exchange bucket's name."
  value       = aws_s3_bucket.exchange.id
}

output "table" {
  description = "The ledger's table."
  value       = aws_dynamodb_table.ledger.name
}

output "functions" {
  description = "The functions' full names, by their short ones."
  value       = { for name, f in module.function : name => f.name }
}

output "log_groups" {
  description = "The functions' log groups, by the functions' short names."
  value       = { for name, f in module.function : name => f.log_group }
}

output "queues" {
  description = "The URLs of the queues, by the short names of the functions they feed."
  value       = { for name, queue in aws_sqs_queue.work : name => queue.url }
}

output "dead_letter_queues" {
  description = "The URLs of the dead-letter queues, by the short names of what fails into them."
  value       = { for name, queue in aws_sqs_queue.dead_letter : name => queue.url }
}

output "webhook_url" {
  description = "Where shops send their webhooks: followed by the shop's name."
  value       = aws_lambda_function_url.webhooks.function_url
}

output "secrets" {
  description = "The secrets that hold the shops' keys, by shop."
  value       = { for shop, secret in aws_secretsmanager_secret.shop : shop => secret.name }
}

output "alarm_topic" {
  description = "The SNS topic that alarms go to."
  value       = aws_sns_topic.alarms.arn
}

output "dashboard" {
  description = "The CloudWatch dashboard's name."
  value       = aws_cloudwatch_dashboard.this.dashboard_name
}
