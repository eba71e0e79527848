import AIBoxAPI
import AsyncHTTPClient
import Foundation
import Hummingbird
import NIOCore
import ServiceClients
import ServiceHTTP
import Synchronization
import Testing

@testable import DataManager
@testable import Gateway

/// A data manager behind HTTP that is stopped and started again under eight writers.
@Suite(.timeLimit(.minutes(2)))
struct SpoolOutageTests {
    /// What the gateway has acknowledged.
    private actor Journal {
        private(set) var acknowledged: [UUIDv7] = []
        private(set) var isOver = false
        var count: Int { acknowledged.count }
        func add(_ id: UUIDv7) { acknowledged.append(id) }
        func end() { isOver = true }
    }

    private let secret = InternalCredential.makeSecret()
    private let journal = Journal()

    private func withDataManager(
        _ folder: String, port: Int, _ body: (Int, DataManager) async throws -> Void
    ) async throws {
        let data = try await DataManager(.init(folder: folder), logger: noLog)
        let credential = try await InternalCredential(secret: secret, issuer: "data_manager")
        let router = makeServiceRouter(context: ServiceContext.self)
        InternalRoutes(manager: data).add(to: router.group().add(middleware: InternalTokenMiddleware(credential)))
        try await withService(router, after: [data], port: port) { try await body($0, data) }
    }

    private func gateway(_ data: HTTPDataManager, _ spool: InferenceSpool) async throws -> Gateway {
        let configuration = Gateway.Configuration(internalSecret: secret, metricsReaders: try AddressList())
        return try await Gateway(models: GivenModels(), data: data, spool: spool, configuration: configuration)
    }

    /// Sends one picture after another; each is acknowledged, whether the data manager is there or not.
    private func write(port: Int, _ token: String) async throws {
        var request = HTTPClientRequest(
            url: "http://127.0.0.1:\(port)/human-analysis/person-detection?store=async&save_image=true")
        request.method = .POST
        request.headers.add(name: "Authorization", value: "Bearer \(token)")
        request.body = .bytes(RunningGateway.picture)
        while await !journal.isOver {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
            let body = try await response.body.collect(upTo: 1 << 20)
            try #require(response.status == .ok, "\(String(buffer: body))")
            let answer = try JSONDecoder().decode(AnalysisAnswer.self, from: Data(body.readableBytesView))
            await journal.add(try #require(answer.id))
        }
    }

    private func verify(_ data: DataManager) async throws {
        let acknowledged = await journal.acknowledged
        var stored: [UUIDv7] = []
        var query = DetectionQuery()
        repeat {
            let page = try await data.detections(query)
            stored += page.items.map(\.inferenceID)
            query.cursor = page.nextCursor
        } while query.cursor != nil
        #expect(stored.sorted() == acknowledged.sorted(), "\(stored.count) of \(acknowledged.count)")
        for id in acknowledged { #expect(try await data.picture(ofInference: id) == RunningGateway.picture) }
    }

    @Test func whatIsAcknowledgedWhileTheDataManagerIsAwayIsStoredOnce() async throws {
        try await withSpoolFolder { folder in
            let client = HTTPClient.betweenServices()
            let credential = try await InternalCredential(secret: secret, issuer: "api_gateway")
            var port = 0
            try await withDataManager(folder, port: 0) { found, _ in port = found }
            let distant = HTTPDataManager(
                addresses: ["http://127.0.0.1:\(port)"], client: client, credential: credential)
            let spool = try InferenceSpool(.init(folder: folder + "/spool", maximumBytes: 1 << 26), logger: noLog) {
                try await distant.store($0, picture: $1)
            }
            let gateway = try await gateway(distant, spool)
            var unseen = ""
            try await withService(gateway.router(), after: [spool]) { address in
                try await withThrowingTaskGroup(of: Void.self) { writers in
                    try await withDataManager(folder, port: port) { _, data in
                        _ = try await gateway.createFirstAdmin(password: RunningGateway.password)
                        let user = try #require(try await data.credential(username: "admin")?.user)
                        let token = try await gateway.sessions.open(for: user).accessToken
                        unseen = try await gateway.sessions.open(for: user).accessToken
                        for _ in 0..<8 { writers.addTask { try await write(port: address, token) } }
                        try await waitUntil { await journal.count >= 40 }
                    }
                    try await waitUntil { spool.status.records >= 100 }
                    // Only a token that was good before the outage is believed.
                    let problem = await #expect(throws: Problem.self) {
                        try await gateway.authenticator.identity(for: unseen)
                    }
                    #expect(problem?.status == 503)
                    try await withDataManager(folder, port: port) { _, data in
                        await journal.end()
                        try await writers.waitForAll()
                        try await waitUntil { spool.status.records == 0 }
                        try await verify(data)
                    }
                }
            }
            try await client.shutdown()
        }
    }
}
