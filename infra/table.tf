# The ledger: the record of everything that must happen exactly once (see shared/ledger).
resource "aws_dynamodb_table" "ledger" {
  name                        = local.table_name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  range_key                   = "sk"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "pk"
    type = "S"
  }

  attribute {
    name = "sk"
    type = "S"
  }

  attribute {
    name = "state_key"
    type = "S"
  }

  attribute {
    name = "state_since"
    type = "S"
  }

  # Orders, batches, drops and invoices by state, the one longest in it first: the work lists of
  # export-orders and the lists that reconcile compares. Other items carry no state_key and are not in it.
  # Whole items, because the lists are made of nearly all their attributes.
  global_secondary_index {
    name            = "by-state"
    hash_key        = "state_key"
    range_key       = "state_since"
    projection_type = "ALL"
  }

  point_in_time_recovery {
    enabled = true
  }

  # No TTL: records of orders and invoices never expire. Encrypted by DynamoDB's own key, as every table is.

  lifecycle {
    prevent_destroy = true
  }
}
