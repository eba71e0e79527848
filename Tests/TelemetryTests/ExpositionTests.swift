import Foundation
import Metrics
import Testing

@testable import Telemetry

@Suite struct ExpositionTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let record: @Sendable (PrometheusRegistry) -> Void
        let lines: [String]

        init(_ name: String, _ lines: [String], _ record: @escaping @Sendable (PrometheusRegistry) -> Void) {
            (testDescription, self.record, self.lines) = (name, record, lines)
        }
    }

    static let cases = [
        Case("counter", ["# TYPE hb_requests_total counter", #"hb_requests_total{http_route="/a"} 3"#]) {
            $0.makeCounter(label: "hb.requests", dimensions: [("http.route", "/a")]).increment(by: 3)
        },
        Case("counter that has its suffix", ["# TYPE a_total counter", "a_total 1"]) {
            $0.makeCounter(label: "a_total", dimensions: []).increment(by: 1)
        },
        Case("fractional counter", ["# TYPE a_total counter", "a_total 0.75"]) {
            let counter = $0.makeFloatingPointCounter(label: "a", dimensions: [])
            counter.increment(by: 0.5)
            counter.increment(by: 0.25)
        },
        Case("gauge", ["# TYPE a_bytes gauge", "a_bytes -7"]) {
            $0.makeRecorder(label: "a_bytes", dimensions: [], aggregate: false).record(Int64(-7))
        },
        Case("gauge that looks like a counter", ["# TYPE a gauge", "a 1"]) {
            $0.makeMeter(label: "a_total", dimensions: []).set(Int64(1))
        },
        Case("meter", ["# TYPE a gauge", "a 2"]) {
            let meter = $0.makeMeter(label: "a", dimensions: [])
            meter.increment(by: 5)
            meter.decrement(by: 3)
        },
        Case("not finite", ["a +Inf", "b -Inf", "c NaN"]) {
            $0.makeMeter(label: "a", dimensions: []).set(Double.infinity)
            $0.makeMeter(label: "b", dimensions: []).set(-Double.infinity)
            $0.makeMeter(label: "c", dimensions: []).set(Double.nan)
        },
        Case(
            "timer",
            [
                "# TYPE a_duration_seconds histogram", #"a_duration_seconds_bucket{le="0.0005"} 1"#,
                #"a_duration_seconds_bucket{le="0.025"} 1"#, #"a_duration_seconds_bucket{le="2.5"} 2"#,
                #"a_duration_seconds_bucket{le="30"} 2"#, #"a_duration_seconds_bucket{le="+Inf"} 3"#,
                "a_duration_seconds_sum 62.0005", "a_duration_seconds_count 3",
            ]
        ) {
            let timer = $0.makeTimer(label: "a.duration", dimensions: [])
            timer.recordNanoseconds(500_000)
            timer.recordNanoseconds(2_000_000_000)
            timer.recordNanoseconds(60_000_000_000)
        },
        Case("sizes", [#"a_bucket{le="8"} 1"#, #"a_bucket{le="4"} 0"#, "a_sum 5", "a_count 1"]) {
            let recorder = $0.makeRecorder(label: "a", dimensions: [], aggregate: true)
            recorder.record(Int64(5))
            recorder.record(Double.nan)
        },
        Case("escaping", [#"a_total{b="back\\slash \"quote\" line\nend ü"} 1"#]) {
            $0.makeCounter(label: "a", dimensions: [("b", "back\\slash \"quote\" line\nend ü")]).increment(by: 1)
        },
        Case("names", [#"_9camel_case_x__total{_="3",b_c="1",exported___d="4",exported_le="2"} 1"#]) {
            let dimensions = [("b-c", "1"), ("le", "2"), ("", "3"), ("__d", "4"), ("b.c", "5")]
            $0.makeCounter(label: "9camelCase:x/", dimensions: dimensions).increment(by: 1)
        },
        Case("the order of dimensions does not matter", [#"a_total{b="1",c="2"} 2"#]) {
            $0.makeCounter(label: "a", dimensions: [("b", "1"), ("c", "2")]).increment(by: 1)
            $0.makeCounter(label: "a", dimensions: [("c", "2"), ("b", "1")]).increment(by: 1)
        },
    ]

    @Test(arguments: cases) func aMetricIsWrittenAsPrometheusReadsIt(_ example: Case) {
        let registry = PrometheusRegistry(version: "1")
        example.record(registry)
        let lines = registry.exposition().split(separator: "\n").map(String.init)
        for line in example.lines { #expect(lines.contains(line)) }
    }

    @Test func everyMetricHasHelpAndTypeOnceAndItsSamplesTogether() {
        let text = example().exposition()
        let names = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.map { $0.split(separator: " ")[2] }
        #expect(Set(names).count == names.count)
        #expect(text.split(separator: "\n").count { $0.hasPrefix("# HELP") } == names.count)
        #expect(text.hasSuffix("\n"))
    }

    @Test func theProcessAndTheBuildAreDescribed() throws {
        let text = PrometheusRegistry(version: "1.2.3").exposition()
        #expect(text.contains(#"aibox_build_info{version="1.2.3"} 1"#))
        for (name, range) in [
            ("process_cpu_seconds_total", 0.0...1e6), ("process_resident_memory_bytes", 1e6...1e12),
            ("process_open_fds", 3...1e6), ("process_threads", 1...1e5), ("process_start_time_seconds", 1.6e9...1e11),
        ] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("\(name) ") })
            #expect(range.contains(Double(line.split(separator: " ")[1]) ?? -1), "\(line)")
        }
    }

    @Test func labelSetsBeyondTheBoundAreDroppedAndCounted() {
        let registry = PrometheusRegistry(version: "1", labelSetLimit: 10)
        for index in 0..<15 { registry.makeCounter(label: "a", dimensions: [("b", "\(index)")]).increment(by: 1) }
        registry.makeCounter(label: "a", dimensions: [("b", "3")]).increment(by: 1)
        registry.makeTimer(label: "a_total", dimensions: []).recordNanoseconds(1)
        registry.makeMeter(label: "c", dimensions: []).set(Int64(1))
        registry.makeRecorder(label: "c", dimensions: [], aggregate: true).record(Int64(1))
        let text = registry.exposition()
        #expect(text.split(separator: "\n").count { $0.hasPrefix("a_total{") } == 10)
        #expect(text.contains(#"a_total{b="3"} 2"#))
        #expect(text.contains(#"aibox_metrics_dropped_label_sets_total{metric="a_total"} 5"#))
        #expect(text.contains(#"aibox_metrics_dropped_label_sets_total{metric="c"} 1"#), "another kind of metric")
    }

    @Test func manyThreadsLoseNothing() async {
        let registry = PrometheusRegistry(version: "1")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    for index in 0..<2000 {
                        registry.makeCounter(label: "a", dimensions: [("b", "\(index % 4)")]).increment(by: 1)
                        registry.makeFloatingPointCounter(label: "c", dimensions: []).increment(by: 0.5)
                        registry.makeTimer(label: "d", dimensions: []).recordNanoseconds(1_000_000)
                        if index % 500 == 0 { _ = registry.exposition() }
                    }
                }
            }
        }
        let text = registry.exposition()
        for index in 0..<4 { #expect(text.contains("a_total{b=\"\(index)\"} 8000\n")) }
        #expect(text.contains("c_total 16000\n"))
        #expect(text.contains("d_seconds_count 32000\n"))
    }

    @Test func aProgramNameWithBlanksAndParenthesesIsReadOver() {
        let fields = (3...24).map { String($0) }.joined(separator: " ")
        let figures = ProcessFigures(stat: "1 (a) b) (c)) \(fields)", bootTime: 100)
        #expect(figures.threads == 20)
        #expect(figures.cpuSeconds == Double(14 + 15) / Double(sysconf(CInt(_SC_CLK_TCK))))
        #expect(figures.startTime == 100 + 22 / Double(sysconf(CInt(_SC_CLK_TCK))))
        #expect(figures.residentBytes == 24 * Int64(sysconf(CInt(_SC_PAGESIZE))))
        #expect(ProcessFigures(stat: "", bootTime: 0).threads == 0)
    }

    @Test(.enabled(if: Promtool.path != nil, "needs promtool (Debian package prometheus)"))
    func promtoolHasNothingToSay() throws {
        let path = try #require(Promtool.path)
        #expect(try Promtool.check(example().exposition(), with: path) == "")
    }

    /// A registry with every metric that has a help text, of every kind.
    private func example() -> PrometheusRegistry {
        let registry = PrometheusRegistry(version: "1")
        for name in MetricHelp.table.keys {
            switch name {
            case _ where name.hasSuffix("_total"):
                registry.makeCounter(label: name, dimensions: [("kind", "a\n\"b\"\\")]).increment(by: 1)
            case _ where name.hasSuffix("_seconds"):
                registry.makeTimer(label: name, dimensions: []).recordNanoseconds(1)
            case _ where name.hasSuffix("_rows"):
                registry.makeRecorder(label: name, dimensions: [], aggregate: true).record(Int64(3))
            default: registry.makeMeter(label: name, dimensions: []).set(1.5)
            }
        }
        registry.makeCounter(label: "some.library", dimensions: []).increment(by: 1)
        return registry
    }
}

/// `promtool check metrics`.
private enum Promtool {
    static let path = ["/usr/bin/promtool", "/usr/local/bin/promtool"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    /// What it complains about.
    static func check(_ text: String, with path: String) throws -> String {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["check", "metrics"]
        (process.standardInput, process.standardOutput, process.standardError) = (input, output, output)
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try input.fileHandleForWriting.close()
        let answer = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: answer, as: UTF8.self)
    }
}
