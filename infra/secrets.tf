# One secret a shop, with its API keys. Its value is not Terraform's business: the operator fills it in
# (aws secretsmanager put-secret-value), and rotates it there. Only an environment whose keys open nothing
# (local) has them in a file; and even then they are write-only and never reach the state.
resource "aws_secretsmanager_secret" "shop" {
  for_each = var.shops

  name        = "${local.prefix}/shops/${each.value}"
  description = "The API keys of the shop ${each.value}, as JSON."

  # A shop that is removed keeps its secret: `terraform state rm` first.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_secretsmanager_secret_version" "shop" {
  for_each = var.secrets_file == null ? [] : var.shops

  secret_id                = aws_secretsmanager_secret.shop[each.value].id
  secret_string_wo         = jsonencode(jsondecode(file(var.secrets_file))[each.value])
  secret_string_wo_version = 1
}
