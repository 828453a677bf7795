# Laid over infra/ on the local cloud and in Terraform's own tests, which end with all that they made: there a secret
# may go with its shop, and a bucket or a table may be made anew.
resource "aws_s3_bucket" "exchange" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_dynamodb_table" "ledger" {
  lifecycle {
    prevent_destroy = false
  }
}

resource "aws_secretsmanager_secret" "shop" {
  lifecycle {
    prevent_destroy = false
  }
}
