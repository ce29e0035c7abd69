"""What is counted, over which period, with which bounds: pure rules without web, database, broker or clock."""
