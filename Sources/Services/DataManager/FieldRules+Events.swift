import AIBoxAPI

/// What may be asked of events, and what a webhook may be.
extension FieldRules {
    static let longestWait = 20_000

    static func check(_ query: EventQuery) throws(Problem) {
        var rules = FieldRules()
        rules.require((1...500).contains(query.limit), "limit", "must be 1 to 500")
        rules.require((0...longestWait).contains(query.waitMS), "wait_ms", "must be 0 to \(longestWait)")
        try rules.finish()
    }

    static func check(_ webhook: Webhook, _ destinations: WebhookDestinations) throws(Problem) {
        var rules = FieldRules()
        rules.webhook(webhook.url, webhook.secret ?? "", webhook.description, destinations)
        try rules.finish()
    }

    static func check(_ change: WebhookChange, _ destinations: WebhookDestinations) throws(Problem) {
        var rules = FieldRules()
        rules.webhook(change.url, change.secret, change.description, destinations)
        try rules.finish()
    }

    private mutating func webhook(
        _ url: String?, _ secret: String?, _ description: String?, _ destinations: WebhookDestinations
    ) {
        if let url {
            do throws(WebhookAddress.Refusal) {
                let address = try WebhookAddress(url)
                if let refusal = destinations.refusal(ofLiteral: address.host) { require(false, "url", refusal) }
            } catch {
                require(false, "url", error.reason)
            }
        }
        if let secret {
            require(WebhookSignature(secret: secret) != nil, "secret", "must be whsec_ and base 64 of 24 to 64 bytes")
        }
        text("description", description, limit: 500)
    }
}
