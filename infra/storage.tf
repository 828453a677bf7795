# The exchange bucket: what the ERP and Passerelle hand each other, and the configuration.
resource "aws_s3_bucket" "exchange" {
  bucket = local.bucket_name

  lifecycle {
    # Ten years of invoices and orders: a plan that would replace or remove it is refused.
    prevent_destroy = true

    precondition {
      condition     = contains(local.config_files, "passerelle.toml")
      error_message = "There is no passerelle.toml in ${local.config_dir}."
    }
  }
}

resource "aws_s3_bucket_versioning" "exchange" {
  bucket = aws_s3_bucket.exchange.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "exchange" {
  bucket = aws_s3_bucket.exchange.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "exchange" {
  bucket                  = aws_s3_bucket.exchange.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "exchange" {
  bucket = aws_s3_bucket.exchange.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# Not on the local cloud, which speaks plain HTTP and does enforce this.
resource "aws_s3_bucket_policy" "exchange" {
  count = var.local ? 0 : 1

  bucket = aws_s3_bucket.exchange.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [local.bucket_arn, "${local.bucket_arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })

  # Both change who may reach the bucket, and S3 refuses two such changes at once.
  depends_on = [aws_s3_bucket_public_access_block.exchange]
}

# Invoices and orders must be kept ten years (Code de commerce, art. L123-22), so no rule touches
# invoices/ or orders/, not even their old versions: an old version there is somebody's mistake,
# and the way back from it.
#
# Not on the local cloud: the emulator expires nothing, and the provider waits a minute for these rules.
resource "aws_s3_bucket_lifecycle_configuration" "exchange" {
  count = var.local ? 0 : 1

  bucket = aws_s3_bucket.exchange.id

  # The shops' responses as they came, with names and addresses: for audit and replay, not for ever.
  rule {
    id     = "raw-answers"
    status = "Enabled"

    filter {
      prefix = "raw/"
    }

    expiration {
      days = 90
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }
  }

  dynamic "rule" {
    for_each = toset(["config", "reports"])

    content {
      id     = "old-versions-of-${rule.value}"
      status = "Enabled"

      filter {
        prefix = "${rule.value}/"
      }

      noncurrent_version_expiration {
        noncurrent_days = 365
      }
    }
  }

  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.exchange]
}

# A file dropped by the ERP wakes its function, through a queue so that no drop is lost.
resource "aws_s3_bucket_notification" "exchange" {
  bucket = aws_s3_bucket.exchange.id

  queue {
    id            = "invoice-drops"
    queue_arn     = aws_sqs_queue.work["ingest-invoices"].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "invoices/inbox/"
  }

  queue {
    id            = "order-reports"
    queue_arn     = aws_sqs_queue.work["receive-acks"].arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "orders/acks/"
  }
}
