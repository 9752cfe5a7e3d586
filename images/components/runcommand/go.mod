module lotse.dev/images/components/runcommand

go 1.26.0
