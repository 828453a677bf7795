locals {
  prefix  = "passerelle-${var.env}"
  account = data.aws_caller_identity.current.account_id

  bucket_name = "${local.prefix}-exchange"
  bucket_arn  = "arn:aws:s3:::${local.bucket_name}"
  table_name  = "${local.prefix}-ledger"
  table_arn   = "arn:aws:dynamodb:${var.region}:${local.account}:table/${local.table_name}"
  sqs_arn     = "arn:aws:sqs:${var.region}:${local.account}"
  sqs_url     = "https://sqs.${var.region}.amazonaws.com/${local.account}"

  functions = {
    # Goes on page by page until it has caught up or too little time is left; the next run continues.
    fetch-orders = {
      memory  = 256
      timeout = 300
      queue   = null
      may     = [local.keep_ledger, local.read_secrets, local.keep["raw"]]
    }

    # Answers the shops' webhooks at its URL, and fetches the orders that they are about when its queue brings
    # them back: two at once, so that a shop that sends many webhooks is not asked much.
    shop-webhook = {
      memory  = 256
      timeout = 60
      queue   = { batch_size = 10, concurrency = 2 }
      may = [
        local.receive["shop-webhook"],
        local.send["shop-webhook"],
        local.keep_ledger,
        local.read_secrets,
        local.keep["raw"],
      ]
    }

    export-orders = {
      memory  = 512
      timeout = 300
      queue   = null
      may     = [local.keep_ledger, local.keep["orders/outbox"]]
    }

    # Tells each order's shop what the ERP said of it, as fast as the shop takes it.
    receive-acks = {
      memory  = 256
      timeout = 300
      queue   = { batch_size = 1, concurrency = 2 }
      may = [
        local.receive["receive-acks"],
        local.send["receive-acks"],
        local.keep_ledger,
        local.read_secrets,
        local.read["orders/acks"],
        local.keep["orders/rejected"],
      ]
    }

    # Reads a whole evening's file twice, so it has the most time that Lambda allows. Two at once are the
    # fewest that AWS lets a queue have.
    ingest-invoices = {
      memory  = 1024
      timeout = 900
      queue   = { batch_size = 1, concurrency = 2 }
      may = [
        local.receive["ingest-invoices"],
        local.send["ingest-invoices"],
        local.keep_ledger,
        local.read["invoices/inbox"],
        local.list_versions,
        local.keep["invoices/rejected"],
        local.send["render-invoice"],
      ]
    }

    # One vCPU. Measured on one core (`make bench`): 2 ms of CPU for an invoice of 50 lines, 4 ms for 200, 90 ms
    # and 25 MB for 5 000. So an invoice is its four calls to AWS, some 50 ms, of which four go on side by side; a
    # batch of ten is done in a quarter of a second. 60 s is for slow responses of AWS, never for rendering. Ten at
    # once make 600 a second: the evening's 700 in seconds, 100 000 in the three minutes that the ledger needs for
    # so many writes; more would only be throttled.
    render-invoice = {
      memory  = 1769
      timeout = 60
      queue   = { batch_size = 10, concurrency = 10 }
      may = [
        local.receive["render-invoice"],
        local.send["render-invoice"],
        local.keep_ledger,
        local.keep["invoices/pdf"],
        local.send["publish-invoice"],
      ]
    }

    # Two at once, each one invoice after the other: about what a shop takes in uploads without slowing down
    # for its customers.
    publish-invoice = {
      memory  = 256
      timeout = 120
      queue   = { batch_size = 10, concurrency = 2 }
      may = [
        local.receive["publish-invoice"],
        local.send["publish-invoice"],
        local.keep_ledger,
        local.read_secrets,
        local.read["invoices/pdf"],
      ]
    }

    # Lists the inbox and the PDFs: what stands there and is not in the ledger was lost on the way. Once a day, in
    # the evening, it compares the last days with the shops, and records what is missing as fetch-orders does.
    reconcile = {
      memory  = 512
      timeout = 300
      queue   = null
      may = [
        local.keep_ledger,
        local.read_secrets,
        local.keep["raw"],
        local.keep["reports"],
        local.list_versions,
        local.send["receive-acks"],
        local.send["ingest-invoices"],
        local.send["render-invoice"],
        local.send["publish-invoice"],
        local.count_dead_letters,
      ]
    }
  }

  queued = { for name, f in local.functions : name => f if f.queue != null }
}

# What a function may be allowed, each as the statements of a policy. The ARNs are built from names, so that
# functions do not wait for queues.
locals {
  # Every function reads the configuration. It may also list the bucket: without that S3 returns 403
  # instead of 404 for an object that is not there, and functions need to tell the two apart.
  read_bucket = [
    {
      sid       = "ReadConfig"
      actions   = ["s3:GetObject"]
      resources = ["${local.bucket_arn}/config/*"]
    },
    {
      sid       = "TellMissingFromForbidden"
      actions   = ["s3:ListBucket"]
      resources = [local.bucket_arn]
    },
  ]

  # No DeleteItem: the ledger is a record.
  keep_ledger = [
    {
      sid = "KeepLedger"
      actions = [
        "dynamodb:BatchGetItem",
        "dynamodb:ConditionCheckItem",
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
      ]
      resources = [local.table_arn]
    },
    {
      sid       = "ReadWorkLists"
      actions   = ["dynamodb:Query"]
      resources = ["${local.table_arn}/index/by-state"]
    },
  ]

  read_secrets = [{
    sid       = "ReadShopKeys"
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [for secret in aws_secretsmanager_secret.shop : secret.arn]
  }]

  read = {
    for prefix in ["invoices/inbox", "invoices/pdf", "orders/acks"] : prefix => [{
      sid       = "Read${local.camel[prefix]}"
      actions   = ["s3:GetObject", "s3:GetObjectVersion"]
      resources = ["${local.bucket_arn}/${prefix}/*"]
    }]
  }

  list_versions = [{
    sid       = "ListVersions"
    actions   = ["s3:ListBucketVersions"]
    resources = [local.bucket_arn]
  }]

  # Writing, and reading back what an earlier try already wrote.
  keep = {
    for prefix in ["invoices/pdf", "invoices/rejected", "orders/outbox", "orders/rejected", "raw", "reports"] : prefix => [{
      sid       = "Keep${local.camel[prefix]}"
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${local.bucket_arn}/${prefix}/*"]
    }]
  }

  # "invoices/pdf" as "InvoicesPdf": a policy's Sid is letters and digits.
  camel = {
    for prefix in concat(
      ["invoices/inbox", "invoices/pdf", "invoices/rejected"],
      ["orders/acks", "orders/outbox", "orders/rejected", "raw", "reports"],
    ) : prefix => replace(title(replace(prefix, "/", " ")), " ", "")
  }

  # A function that is fed by a queue may send to it too: it defers what waits for the outside.
  receive = {
    for name in ["shop-webhook", "receive-acks", "ingest-invoices", "render-invoice", "publish-invoice"] : name => [{
      sid = "ReceiveOwnMessages"
      actions = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
      ]
      resources = ["${local.sqs_arn}:${local.prefix}-${name}"]
    }]
  }

  count_dead_letters = [{
    sid     = "CountDeadLetters"
    actions = ["sqs:GetQueueAttributes"]
    resources = [
      for name in ["shop-webhook", "receive-acks", "ingest-invoices", "render-invoice", "publish-invoice", "schedules"] :
      "${local.sqs_arn}:${local.prefix}-${name}-dlq"
    ]
  }]

  send = {
    for name in ["shop-webhook", "receive-acks", "ingest-invoices", "render-invoice", "publish-invoice"] : name => [{
      sid = "Send${replace(title(replace(name, "-", " ")), " ", "")}"
      # On AWS SendMessage allows batches too; the emulator asks for an action of that name.
      actions   = concat(["sqs:SendMessage"], var.local ? ["sqs:SendMessageBatch"] : [])
      resources = ["${local.sqs_arn}:${local.prefix}-${name}"]
    }]
  }
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name               = each.key
  prefix             = local.prefix
  filename           = "${var.artifacts_dir}/${each.key}/bootstrap.zip"
  architecture       = var.architecture
  memory             = each.value.memory
  timeout            = each.value.timeout
  statements         = flatten([local.read_bucket, each.value.may])
  log_retention_days = var.log_retention_days
  alarm_topic_arn    = aws_sns_topic.alarms.arn

  queue = each.value.queue == null ? null : {
    arn         = aws_sqs_queue.work[each.key].arn
    batch_size  = each.value.queue.batch_size
    concurrency = lookup(var.concurrency, each.key, each.value.queue.concurrency)
  }

  environment = {
    PASSERELLE_ENV        = var.env
    PASSERELLE_BUCKET     = local.bucket_name
    PASSERELLE_TABLE      = local.table_name
    PASSERELLE_QUEUE_URLS = "${local.sqs_url}/${local.prefix}-"
    RUST_LOG              = var.log_level

    # Where jobs run when asked, nobody is to wonder why they do not run by themselves.
    PASSERELLE_SCHEDULES_ENABLED = var.schedules_enabled

    # Who looks whether jobs ran in time has to know when they should.
    PASSERELLE_FETCH_EVERY_MINUTES = local.fetch_every_minutes
    PASSERELLE_NIGHT_IS_OVER_HOURS = local.night_is_over_hours

    # Functions read the configuration when they start. A change of it changes this, and so starts them anew.
    PASSERELLE_CONFIG_DIGEST = local.config_digest
  }
}

# A function that puts a message back into its own queue looks like a loop to Lambda, which would end it after
# some 16 rounds: two hours, where a shop may be down for six. The number of rounds is bounded by the function.
#
# Not on the local cloud, which lacks it.
resource "aws_lambda_function_recursion_config" "queued" {
  for_each = var.local ? {} : local.queued

  function_name  = module.function[each.key].name
  recursive_loop = "Allow"
}

# Where the shops send their webhooks: `<url><shop>`. Anybody may call it; the function follows only what bears the
# shop's signature. The provider itself allows the public call (from 6.28 on also the second permission that AWS
# asks for since October 2025; before, new URLs return 403).
resource "aws_lambda_function_url" "webhooks" {
  function_name      = module.function["shop-webhook"].name
  authorization_type = "NONE"
}
