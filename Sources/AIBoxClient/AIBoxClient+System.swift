import AIBoxAPI

extension AIBoxClient {
    /// Every catalogued model and its state, asked for page by page.
    public func models() async throws -> [ModelSummary] {
        var models: [ModelSummary] = []
        var call = Call(.GET, "/models")
        while true {
            let page: Page<ModelSummary> = try decode(try await send(call))
            models += page.items
            guard let cursor = page.nextCursor else { return models }
            call.query = [("cursor", cursor)]
        }
    }

    /// The version of a model that is in use, or the first that is catalogued.
    public func model(_ name: String) async throws -> ModelSummary {
        try decode(try await send(Call(.GET, "/models/\(name.percentEncoded)")))
    }

    /// The state of the whole installation.
    public func systemHealth() async throws -> SystemHealth {
        try decode(try await send(Call(.GET, "/system/health")))
    }
}
