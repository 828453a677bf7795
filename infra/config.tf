# What the functions read when they start: the configuration, the ERP's layouts with the lists beside
# them, the logo on invoices.
locals {
  config_dir = coalesce(var.config_dir, "${path.module}/environments/${var.env}")
  config_files = setunion(
    fileset(local.config_dir, "{passerelle.toml,*.png}"),
    fileset(local.config_dir, "layouts/*.{toml,csv}"),
    # A layout that has a folder of its own: not its golden files, which are a folder deeper.
    fileset(local.config_dir, "layouts/*/*.{toml,csv}"),
  )

  # Taken from the objects, so that a function is started anew only when they are in the bucket.
  config_digest = sha256(jsonencode({ for name, object in aws_s3_object.config : name => object.source_hash }))
}

resource "aws_s3_object" "config" {
  for_each = local.config_files

  bucket      = aws_s3_bucket.exchange.id
  key         = "config/${each.value}"
  source      = "${local.config_dir}/${each.value}"
  source_hash = filesha256("${local.config_dir}/${each.value}")
  content_type = lookup(
    { toml = "application/toml", csv = "text/csv; charset=utf-8", png = "image/png" },
    reverse(split(".", each.value))[0],
    "application/octet-stream",
  )

  # Otherwise its first version would not be kept.
  depends_on = [aws_s3_bucket_versioning.exchange]
}
