import AIBoxAPI
import Foundation
import TestSupport
import Testing

extension LiveTests {
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(2)))
    struct FirstStartTests {
        /// Without a password of the environment's.
        private static let random = ["AIBOX_ADMIN_PASSWORD": ""]

        private static func printedPassword(_ server: Server) -> String? {
            server.child.output.firstMatch(of: /First login: admin \/ (\S+)/).map { String($0.1) }
        }

        @Test func theFirstStartPrintsALoginThatWorksAndTheSecondStartPrintsNone() async throws {
            try await withTemporaryFolder { folder in
                let password = try await withServer(environment: Self.random, in: folder) { server in
                    let password = try #require(Self.printedPassword(server))
                    #expect(server.child.output.contains("http://127.0.0.1:\(server.port)"))
                    let answer = try await server.login(password: password).get("/auth/me")
                    let user = try answer.json(User.self)
                    #expect(user.username == "admin" && user.role == .admin && user.mustChangePassword)
                    return password
                }
                try await withServer(environment: Self.random, in: folder) { server in
                    #expect(Self.printedPassword(server) == nil)
                    let answer = try await server.login(password: password).get("/auth/me")
                    #expect(answer.status == 200)
                }
            }
        }

        @Test func everyFirstStartHasAPasswordOfItsOwn() async throws {
            func password() async throws -> String? {
                try await withTemporaryFolder { folder in
                    try await withServer(environment: Self.random, in: folder) { Self.printedPassword($0) }
                }
            }
            let first = try #require(try await password())
            let second = try #require(try await password())
            #expect(first != second && first.count >= 16 && second.count >= 16)
        }

        @Test func aPasswordOfTheEnvironmentIsNotPrintedAndNotToBeChanged() async throws {
            try await withServer { server in
                #expect(!(server.child.output + server.child.errors).contains(Server.password))
                let user = try await server.login().get("/auth/me").json(User.self)
                #expect(!user.mustChangePassword)
            }
        }
    }
}
