# One provider only: it is what a machine without the registry may have in a mirror.
# No lock file is kept, since the same code must run with 5.100 (such a mirror) and 6.x (a new user).
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }
  }
}

provider "aws" {
  region = var.region

  # What the local cloud (MiniStack) cannot do: it has no host name for each bucket, no real keys to
  # check and no metadata service to get keys from. Its address and dummy keys come from the environment
  # (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID). Besides these four lines, it lacks
  # lifecycle rules and policies that demand TLS (storage.tf, queues.tf).
  s3_use_path_style           = var.local
  skip_credentials_validation = var.local
  skip_metadata_api_check     = var.local
  skip_region_validation      = var.local

  default_tags {
    tags = {
      project     = "passerelle"
      environment = var.env
    }
  }
}

data "aws_caller_identity" "current" {}
