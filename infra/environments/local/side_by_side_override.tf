# Laid over infra/ on the local cloud only, to spare the second of two waits of 25 s: there all queues are made side
# by side. A queue only needs its dead-letter queue to be there, not to be waited for; the bucket's versioning, which
# takes longer to make than that, is head start enough.
resource "aws_sqs_queue" "work" {
  redrive_policy = aws_s3_bucket_versioning.exchange.id == "" ? null : jsonencode({
    deadLetterTargetArn = "${local.sqs_arn}:${local.dlq_names[each.key]}"
    maxReceiveCount     = local.receive_count
  })
}
