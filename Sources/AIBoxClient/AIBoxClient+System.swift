import AIBoxAPI

extension AIBoxClient {
    /// Every catalogued model and its state.
    public func models() async throws -> [ModelSummary] {
        let page: Page<ModelSummary> = try decode(try await send(Call(.GET, "/models")))
        return page.items
    }

    public func model(_ name: String) async throws -> ModelSummary {
        try decode(try await send(Call(.GET, "/models/\(name.percentEncoded)")))
    }

    /// The state of the whole installation.
    public func systemHealth() async throws -> SystemHealth {
        try decode(try await send(Call(.GET, "/system/health")))
    }
}
