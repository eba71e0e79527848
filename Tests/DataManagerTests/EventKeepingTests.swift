import AIBoxAPI
import AsyncHTTPClient
import Hummingbird
import HummingbirdTesting
import Logging
import ServiceClients
import ServiceHTTP
import TestSupport
import Testing

@testable import DataManager

@Suite(.timeLimit(.minutes(1))) struct EventKeepingTests {
    @Test(arguments: TestRows.here) func inProcess(_ rows: TestRows) async throws {
        try await withRunningDataManager(on: rows) { manager in
            try await verifyEventKeeping(manager) { alert in _ = try await manager.write { try alert.raise($0) } }
        }
    }

    @Test(arguments: TestRows.here) func overHTTP(_ rows: TestRows) async throws {
        try await withRunningDataManager(on: rows) { manager in
            let secret = InternalCredential.makeSecret()
            let router = makeServiceRouter(context: ServiceContext.self)
            let credential = try await InternalCredential(secret: secret, issuer: "data_manager")
            InternalRoutes(manager: manager)
                .add(to: router.group().add(middleware: InternalTokenMiddleware(credential)))
            try await Application(router: router, logger: .silent).test(.live) { server in
                let client = HTTPClient()
                let remote = HTTPDataManager(
                    addresses: ["http://127.0.0.1:\(server.port ?? 0)"], client: client,
                    credential: try await InternalCredential(secret: secret, issuer: "gateway"))
                try await verifyEventKeeping(remote) { alert in
                    _ = try await manager.write { try alert.raise($0) }
                }
                try await client.shutdown()
            }
        }
    }
}

/// Runs `body` with a data manager that does its background work, on a new folder.
func withRunningDataManager(
    on rows: TestRows = .sqlite, _ configure: (inout DataManager.Configuration) -> Void = { _ in },
    _ body: (DataManager) async throws -> Void
) async throws {
    let folder = try TestFolder()
    var configuration = try DataManager.Configuration(folder, on: rows)
    configure(&configuration)
    let manager = try await DataManager(configuration, logger: .silent)
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await manager.run() }
        defer { group.cancelAll() }
        try await body(manager)
    }
}

extension DataManager.Configuration {
    init(_ folder: TestFolder, on rows: TestRows) throws {
        self.init(folder: folder.path)
        guard rows == .postgres else { return }
        database = .postgres(url: try TestPostgres.shared().newDatabase(), replicas: [])
    }
}
