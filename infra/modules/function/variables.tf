variable "name" {
  description = "The function's short name: render-invoice."
  type        = string
}

variable "prefix" {
  description = "What every resource's name starts with: passerelle-<env>."
  type        = string
}

variable "filename" {
  description = "The zip with the bootstrap."
  type        = string
}

variable "architecture" {
  description = "arm64 or x86_64."
  type        = string
}

variable "memory" {
  description = "MB of memory; one vCPU comes with 1 769."
  type        = number
}

variable "timeout" {
  description = "Seconds that one invocation may take."
  type        = number
}

variable "environment" {
  description = "The function's environment variables."
  type        = map(string)
}

variable "statements" {
  description = "What the function may do, besides writing its own log."
  type = list(object({
    sid        = string
    actions    = list(string)
    resources  = list(string)
    conditions = optional(map(map(list(string))), {})
  }))
}

variable "queue" {
  description = "The queue that feeds it; null where schedules invoke it. At most `concurrency` batches of `batch_size` at once."
  type = object({
    arn         = string
    batch_size  = number
    concurrency = number
  })
  default = null

  validation {
    condition     = var.queue == null ? true : var.queue.concurrency >= 2 && var.queue.concurrency <= 1000
    error_message = "AWS takes a maximum concurrency from 2 to 1000."
  }
}

variable "log_retention_days" {
  description = "How long the log is kept."
  type        = number
}

variable "alarm_topic_arn" {
  description = "Who is notified when an alarm goes off or clears."
  type        = string
}
