variable "env" {
  description = "The environment's name, part of every resource's name: local, prod. Bucket names are shared by all of AWS: where passerelle-<env>-exchange is taken, choose another name, such as prod-lyon."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.env))
    error_message = "env is 1 to 16 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "region" {
  description = "The AWS region. Paris, as the customers' data should stay in France."
  type        = string
  default     = "eu-west-3"
}

variable "local" {
  description = "True on the local cloud. Leaves out what an emulator cannot do (providers.tf, storage.tf), and nothing else."
  type        = bool
  default     = false
}

variable "architecture" {
  description = "The processor that the functions are built for: arm64 (cheaper, faster to start) or x86_64."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture is arm64 or x86_64."
  }
}

variable "artifacts_dir" {
  description = "Where `cargo lambda build --output-format zip` left <function>/bootstrap.zip."
  type        = string
  default     = "../target/lambda"
}

variable "config_dir" {
  description = "The directory with passerelle.toml, layouts/ and perhaps logo.png. Default: environments/<env>."
  type        = string
  default     = null
}

variable "shops" {
  description = "The shops' names, as in passerelle.toml. Each gets a secret for its API keys."
  type        = set(string)

  validation {
    condition     = length(var.shops) > 0 && alltrue([for s in var.shops : can(regex("^[a-z][a-z0-9-]{0,31}$", s))])
    error_message = "shops is at least one name of at most 32 lower-case letters, digits and hyphens, a letter first."
  }
}

variable "secrets_file" {
  description = "A JSON file {\"<shop>\": {…keys…}} for an environment without secrets worth the name. Unset: the operator fills each secret in."
  type        = string
  default     = null
}

variable "schedules_enabled" {
  description = "Whether the schedules fire. Off: functions run only when they are invoked by hand."
  type        = bool
  default     = true
}

variable "deletion_protection" {
  description = "Whether AWS refuses to delete the ledger's table."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Who gets the alarms by e-mail. Unset: nobody, until something subscribes to the topic."
  type        = string
  default     = null
}

variable "log_level" {
  description = "RUST_LOG of every function."
  type        = string
  default     = "info"
}

variable "log_retention_days" {
  description = "How long CloudWatch keeps the functions' logs."
  type        = number
  default     = 90
}

variable "concurrency" {
  description = "How many copies of a function its queue may run at once (2 to 1000), for those that differ from functions.tf."
  type        = map(number)
  default     = {}
}
