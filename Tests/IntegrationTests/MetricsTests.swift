import Foundation
import TestSupport
import Testing

extension LiveTests {
    @Suite(.enabled(if: Places.canServe, Comment(rawValue: Places.cannotServe)), .timeLimit(.minutes(1)))
    struct MetricsTests {
        @Test(.enabled(if: Places.program("promtool") != nil, "promtool is not installed"))
        func theMetricsPassPromtool() async throws {
            let promtool = try #require(Places.program("promtool"))
            try await withTemporaryFolder { folder in
                try await withServer(in: folder) { server in
                    let caller = try await server.login()
                    _ = try await caller.analyse(
                        Pictures.black(width: 64, height: 64), "/analyze?tasks=persons,plates", type: "image/bmp")
                    let metrics = folder.appending(path: "metrics")
                    try await server.anonymous.get("/metrics").body.write(to: metrics)
                    let check = try Child.start(
                        ["-c", "exec '\(promtool.path)' check metrics < '\(metrics.path)'"], in: folder,
                        program: URL(filePath: "/bin/sh"))
                    let status = try await check.end()
                    #expect(status == 0 && check.errors.isEmpty, "\(check.output)\(check.errors)")
                }
            }
        }

        @Test func theMetricsCountWhatWasAnswered() async throws {
            try await withServer { server in
                let caller = try await server.login()
                for _ in 0..<3 {
                    let picture = Pictures.black(width: 64, height: 64)
                    _ = try await caller.analyse(picture, "/human-analysis/person-detection", type: "image/bmp")
                }
                let answer = try await server.anonymous.get("/metrics")
                let text = String(decoding: answer.body, as: UTF8.self)
                let line = text.split(separator: "\n").first {
                    $0.hasPrefix("aibox_http_requests_total{") && $0.contains("person-detection")
                }
                #expect(line?.hasSuffix(" 3") == true, "\(line ?? "absent")")
                #expect(!text.contains(Server.password))
            }
        }
    }
}
