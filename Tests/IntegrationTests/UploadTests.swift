import Testing

extension LiveTests {
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(3)))
    struct UploadTests {
        /// curl waits a second for the invitation before it sends anyway.
        @Test func aFileLargerThanAnyPictureIsInvited() async throws {
            try await withServer { server in
                let caller = try await server.login()
                let line = try await caller.firstLine(
                    Request(
                        method: "POST", path: "/files?purpose=video", headers: ["Expect": "100-continue"],
                        framing: .declared(1_000_000_000)))
                #expect(line == "HTTP/1.1 100 Continue")
            }
        }
    }
}
