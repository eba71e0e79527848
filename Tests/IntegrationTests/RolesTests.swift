import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    /// The three roles as three processes, the way they run on several machines.
    @Suite(
        .enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)),
        .enabled(if: Places.hasPhotographs, Comment(rawValue: Places.noPhotographs)), .timeLimit(.minutes(3)))
    struct RolesTests {
        private static let secret = ["AIBOX_INTERNAL_SECRET": "0123456789abcdef0123456789abcdef"]

        private struct Roles {
            var data: Server
            var models: Server
            var gateway: Server
        }

        private func withRoles(_ body: (Roles) async throws -> Void) async throws {
            try await withTemporaryFolder { folder in
                try await withServer(["--role", "data-manager"], environment: Self.secret, in: folder) { data in
                    let store = ["AIBOX_DATA_MANAGERS": "http://127.0.0.1:\(data.port)"]
                    let inner = Self.secret.merging(store) { $1 }
                    try await withServer(["--role", "model-server"], environment: inner, in: folder) { models in
                        let upstream = ["AIBOX_MODEL_SERVERS": "http://127.0.0.1:\(models.port)"]
                        let all = inner.merging(upstream) { $1 }
                        try await withServer(["--role", "gateway"], environment: all, in: folder) { gateway in
                            try await body(Roles(data: data, models: models, gateway: gateway))
                        }
                    }
                }
            }
        }

        @Test func aPlateIsReadAndFoundThroughTheGateway() async throws {
            try await withRoles { roles in
                let caller = try await roles.gateway.login()
                let picture = try Pictures.plate()
                let path = "/vehicle-analysis/license-plate?save_image=true"
                let reply = try await caller.analyse(picture, path)
                #expect(reply.status == 200, "\(reply.text)")
                let answer = try reply.json(AnalysisAnswer.self)
                #expect(answer.plates?.map(\.plateNumber) == ["GWT2180"])
                let page = try await caller.get("/analytics/detections").json(Page<DetectionRecord>.self)
                #expect(page.items.map(\.id) == answer.plates?.map(\.id))
                let id = try #require(answer.id)
                let image = try await caller.get("/analytics/detections/\(id)/image")
                #expect(image.body == picture)
            }
        }

        @Test func theInnerServicesRefuseCallersWithoutTheInternalToken() async throws {
            try await withRoles { roles in
                let user = try await roles.gateway.login()
                let calls = [
                    (roles.models, Request.post("/internal/analyze", Data(), type: nil)),
                    (roles.models, Request(path: "/internal/models")),
                    (roles.data, Request(path: "/internal/detections")),
                    (roles.data, Request(path: "/internal/credentials?username=admin")),
                    (roles.data, .json("/internal/users/first", Data("{}".utf8))),
                ]
                for (server, request) in calls {
                    for token in [nil, user.token, "abc.def.ghi"] {
                        let answer = try await Caller(port: server.port, token: token).send(request)
                        #expect(answer.status == 401 && answer.problem != nil, "\(request.path): \(answer.text)")
                    }
                }
            }
        }

        @Test func withoutTheModelServerAnalysisSaysSoAndTheRestGoesOn() async throws {
            try await withRoles { roles in
                let caller = try await roles.gateway.login()
                try await roles.models.kill()
                let reply = try await caller.analyse(try Pictures.plate(), "/vehicle-analysis/license-plate")
                #expect(reply.status == 503 && reply.headers["retry-after"] != nil)
                let problem = try #require(reply.problem)
                #expect(problem.detail?.lowercased().contains("model server") == true, "\(reply.text)")
                let list = try await caller.get("/analytics/detections")
                #expect(list.status == 200, "\(list.text)")
                let health = try await caller.get("/system/health").json(SystemHealth.self)
                #expect(health.services["model_server"] == "down" && health.services["data_manager"] == "up")
                #expect(health.status != .healthy)
            }
        }

        @Test(arguments: ["gateway", "model-server", "data-manager"])
        func aRoleWithoutTheSharedSecretDoesNotStart(role: String) async throws {
            try await withTemporaryFolder { folder in
                let result = try await aibox("serve", "--role", role, "--port", "0", in: folder)
                #expect(result.status == 2 && result.errors.contains("AIBOX_INTERNAL_SECRET"), "\(result)")
            }
        }
    }
}
