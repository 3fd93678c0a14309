"""What stands where: `tenant` under every issuer, `root` at the operator's mount."""
