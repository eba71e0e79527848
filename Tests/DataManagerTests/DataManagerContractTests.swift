import AsyncHTTPClient
import Hummingbird
import HummingbirdTesting
import ServiceClients
import ServiceHTTP
import Testing

@testable import DataManager

@Suite struct DataManagerContractTests {
    @Test(arguments: TestRows.here) func inProcess(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in try await verifyDataManaging(manager) }
    }

    @Test(arguments: TestRows.here) func overHTTP(_ rows: TestRows) async throws {
        try await withDataManager(on: rows) { manager, _ in
            let secret = InternalCredential.makeSecret()
            let app = Application(router: try await router(manager, secret: secret), logger: .silent)
            try await app.test(.live) { server in
                let client = HTTPClient()
                let credential = try await InternalCredential(secret: secret, issuer: "gateway")
                let remote = HTTPDataManager(
                    addresses: ["http://127.0.0.1:\(server.port ?? 0)"], client: client, credential: credential)
                try await verifyDataManaging(remote)
                try await client.shutdown()
            }
        }
    }

    private func router(_ manager: DataManager, secret: String) async throws -> Router<ServiceContext> {
        let router = makeServiceRouter(context: ServiceContext.self)
        router.get("health") { _, _ in try Response.json(try await manager.health()) }
        let credential = try await InternalCredential(secret: secret, issuer: "data_manager")
        InternalRoutes(manager: manager).add(to: router.group().add(middleware: InternalTokenMiddleware(credential)))
        return router
    }
}
