import AIBoxAPI

/// The tokens of a login. A refresh token is good once, so one task renews while the others wait for its outcome.
actor Tokens {
    private var current: LoginAnswer?
    /// Those who wait for a renewal; `nil` while there is none.
    private var waiting: [CheckedContinuation<Void, Never>]?

    var access: String? { current?.accessToken }

    func keep(_ answer: LoginAnswer) { current = answer }

    func forget() { current = nil }

    /// The access token that takes the place of `expired`; `nil` when the login is over.
    func renew(
        _ expired: String, by exchange: @Sendable (String) async throws -> LoginAnswer
    ) async throws -> String? {
        while waiting != nil {
            await withCheckedContinuation { waiting?.append($0) }
        }
        guard let current, current.accessToken == expired else { return access }
        waiting = []
        defer {
            let waited = waiting ?? []
            waiting = nil
            for continuation in waited { continuation.resume() }
        }
        do {
            let answer = try await exchange(current.refreshToken)
            self.current = answer
            return answer.accessToken
        } catch let problem as Problem where problem.status == 401 {
            self.current = nil
            return nil
        }
    }
}
