"""What this machine has and lacks for running Nykter; changes nothing."""
