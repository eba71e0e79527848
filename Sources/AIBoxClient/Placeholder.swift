// AIBoxClient
