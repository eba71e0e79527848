import Storage

/// The MongoDB that has the metadata, looked at from the command line.
enum MongoExamination {
    /// What the server says of itself.
    ///
    /// - Throws: `StorageError`: libmongoc is absent, the URL is none, or the server does not answer.
    static func server(url: String) async throws -> MongoServer {
        let store = try MongoDocumentStore(.init(url: url))
        do {
            let server = try await store.server()
            await store.close()
            return server
        } catch {
            await store.close()
            throw error
        }
    }

    /// Prints a line about the server of the settings, if they have one.
    ///
    /// - Throws: `CommandFailure` when it does not answer.
    static func report(url: String?) async throws {
        guard let url else { return }
        do {
            print("metadata: \(try await server(url: url))")
        } catch {
            throw CommandFailure("metadata: \((error as? StorageError)?.message ?? "\(error)")")
        }
    }

    /// For the doctor; none when the settings name no server.
    static func findings(url: String?) async -> [Finding] {
        guard let url else { return [] }
        do {
            return [Finding(level: .fine, subject: "metadata", text: "\(try await server(url: url))")]
        } catch {
            return [
                Finding(
                    level: .problem, subject: "metadata", text: (error as? StorageError)?.message ?? "\(error)",
                    remedy: "see mongodb_url; until it answers, what carries metadata is refused with 503")
            ]
        }
    }
}
