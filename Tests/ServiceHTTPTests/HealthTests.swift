import AIBoxAPI
import AsyncHTTPClient
import Hummingbird
import Logging
import NIOCore
import ServiceClients
import Testing

@testable import ServiceHTTP

struct HealthTests {
    @Test(arguments: [
        ("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("::ffff:127.0.0.1", true), ("10.1.2.3", true),
        ("11.0.0.1", false), ("192.168.7.129", true), ("192.168.7.127", false), ("2001:db8::5", true),
        ("2001:db9::5", false), ("not an address", false), ("8.8.8.8", true), ("8.8.8.9", false),
    ])
    func addressIsInTheList(address: String, isIn: Bool) throws {
        let list = try AddressList(loopbackAnd: ["10.0.0.0/8", "192.168.7.128/25", "2001:db8::/32", "8.8.8.8"])
        #expect(list.contains(address) == isIn)
    }

    @Test(arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "example", "::/129"])
    func entryThatIsNoNetworkIsNamed(entry: String) {
        let problem = #expect(throws: Problem.self) { try AddressList(loopbackAnd: [entry]) }
        #expect(problem?.detail?.contains("“\(entry)”") == true)
    }

    private static func health(_ status: ServiceHealth.Status) -> ServiceHealth {
        ServiceHealth(status: status, service: "test", version: "1", uptimeSeconds: 1, checks: ["disk": "full"])
    }

    @Test(arguments: [(ServiceHealth.Status.healthy, 200), (.degraded, 200), (.unhealthy, 503)])
    func readinessFollowsHealth(status: ServiceHealth.Status, code: Int) async throws {
        let readers = try AddressList()
        try await withService(routes: { router in
            HealthRoutes(metricsReaders: readers, exposition: { "figure 1\n" }, health: { Self.health(status) })
                .add(to: router)
        }) { port in
            func get(_ path: String) async throws -> (Int, String) {
                let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                return (Int(response.status.code), String(buffer: try await response.body.collect(upTo: 1 << 20)))
            }
            #expect(try await get("/health").0 == 200)
            #expect(try await get("/health/live").0 == 200)
            #expect(try await get("/metrics").1 == "figure 1\n")
            let (readyCode, body) = try await get("/health/ready")
            #expect(readyCode == code)
            #expect(body.contains("disk: full") == (code == 503))
        }
    }

    @Test(arguments: ["not a host", "..", "256.1.1.1.1"])
    func hostThatNobodyKnowsIsNamedWithTheRemedy(host: String) async throws {
        let service = HTTPService(
            router: makeServiceRouter(context: ServiceContext.self),
            configuration: .init(host: host, port: 0, maximumBody: 1),
            logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let error = await #expect(throws: ListenError.self) { try await service.run() }
        #expect(error?.code == .addressUnknown)
        #expect(error?.message.contains(host) == true)
        #expect(error?.remedy.contains("--host") == true)
    }

    @Test func portInUseNamesTheRemedy() async throws {
        try await withService(routes: { _ in }) { port in
            let router = makeServiceRouter(context: ServiceContext.self)
            let service = HTTPService(
                router: router, configuration: .init(host: "127.0.0.1", port: port, maximumBody: 1),
                logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let error = await #expect(throws: ListenError.self) { try await service.run() }
            #expect(error?.code == .portInUse)
            #expect(error?.remedy.contains("--port") == true)
        }
    }

    @Test func onlyTheInternalCredentialComesIn() async throws {
        let secret = InternalCredential.makeSecret()
        let credential = try await InternalCredential(secret: secret, issuer: "test")
        let stranger = try await InternalCredential(secret: InternalCredential.makeSecret(), issuer: "test")
        try await withService(routes: { router in
            router.group().add(middleware: InternalTokenMiddleware(credential)).get("/internal") { _, _ in "in" }
        }) { port in
            for (token, status) in [(try await credential.token(), 200), (try await stranger.token(), 401), (nil, 401)]
            {
                var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/internal")
                if let token { request.headers.add(name: "Authorization", value: "bearer \(token)") }
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
                #expect(response.status.code == status)
            }
        }
    }
}
