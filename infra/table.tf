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

  # The work list of export-orders and reconcile: items in a state, the oldest first. Sparse: only items
  # that still wait for something carry a state_key.
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
}
