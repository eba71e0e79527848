import AIBoxAPI
import Foundation
import Hummingbird
import NIOHTTP1
import ServiceClients
import ServiceHTTP
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(1)))
struct AdmissionTests {
    /// The list of the contract: everything else needs a credential.
    private static let open: Set<String> = [
        "GET /", "GET /docs", "GET /docs/reference.css", "GET /docs/reference.js", "GET /health", "GET /health/live",
        "GET /health/ready", "GET /metrics", "GET /openapi.json", "GET /openapi.yaml", "POST /auth/login",
        "POST /auth/refresh",
    ]

    private static let assets: [String: [UInt8]] = [
        "Web/index.html": Array("<p>".utf8), "api/openapi.yaml": Array("openapi: 3.1.0".utf8),
    ]

    private static func path(_ path: String) -> String {
        path.replacing("{id}", with: UUIDv7().description).replacing("{face_id}", with: UUIDv7().description)
            .replacing("{name}", with: "nano")
    }

    @Test func everyRouteOutsideTheListNeedsACredential() async throws {
        try await withGateway(configure: { $0.assets = Self.assets }) { box in
            let routes = box.gateway.routes().routes
            #expect(Self.open.isSubset(of: Set(routes.map(\.description))))
            for route in routes {
                let path = Self.path(route.path.description)
                let bad: [String?] = [nil, "x", "a.b.c"]
                for token in bad {
                    let answer = try await box.call(HTTPMethod(rawValue: route.method.rawValue), path, token: token)
                    let isOpen = Self.open.contains(route.description)
                    #expect(
                        (answer.status == 401) == !isOpen || route.path.description.hasPrefix("/auth"),
                        "\(route) with \(token ?? "no token")")
                    if !isOpen {
                        #expect(answer.headers.first(name: "www-authenticate") != nil)
                        #expect(try answer.decode(Problem.self).status == 401)
                    }
                }
            }
        }
    }

    private static let analysis = [
        "/human-analysis/person-detection", "/human-analysis/face-detection", "/vehicle-analysis/vehicle-detection",
        "/vehicle-analysis/license-plate", "/analyze?tasks=persons", "/human-analysis/face-recognition",
        "/human-analysis/pose-estimation", "/human-analysis/behavior-analysis",
        "/vehicle-analysis/vehicle-classification",
    ]

    @Test(arguments: Role.allCases)
    func rolesMayDoWhatTheContractSays(role: Role) async throws {
        try await withGateway { box in
            let token = try await box.token(role)
            let isOperator = role == .admin || role == .operator
            for path in Self.analysis {
                let answer = try await box.call(.POST, path, token: token, body: RunningGateway.picture)
                #expect(answer.status == (isOperator ? 200 : 403), "\(path)")
            }
            let analytics = try await box.call(.GET, "/analytics/detections", token: token)
            #expect(analytics.status == (role == .viewer ? 403 : 200))
            for path in ["/models", "/models/nano", "/system/health"] {
                #expect(try await box.call(.GET, path, token: token).status == 200, "\(path)")
            }
        }
    }

    @Test func tokenExpiresAfterFifteenMinutes() async throws {
        try await withGateway { box in
            let token = try await box.token(.viewer)
            box.clock.advance(899)
            #expect(try await box.call(.GET, "/models", token: token).status == 200)
            box.clock.advance(1)
            #expect(try await box.call(.GET, "/models", token: token).status == 401)
        }
    }

    @Test func internalTokenIsNoAccessToken() async throws {
        let secret = InternalCredential.makeSecret()
        try await withGateway(configure: { $0.internalSecret = secret }) { box in
            let token = try await InternalCredential(secret: secret, issuer: "x").token()
            #expect(try await box.call(.GET, "/models", token: token).status == 401)
            await #expect(throws: Problem.self) {
                let access = try await box.token(.admin)
                try await InternalCredential(secret: secret, issuer: "x").verify(access)
            }
        }
    }

    @Test func wrongMethodAndUnknownPathHaveTheirOwnAnswers() async throws {
        try await withGateway { box in
            let wrong = try await box.call(.DELETE, "/auth/login")
            #expect(wrong.status == 405)
            #expect(wrong.headers.first(name: "allow") == "POST")
            let unknown = try await box.call(.GET, "/nowhere")
            #expect(unknown.status == 404)
            #expect(try unknown.decode(Problem.self).instance == "/nowhere")
        }
    }
}
