import Testing

@testable import ServiceHTTP

struct BodyPaceTests {
    struct Course: Sendable, CustomTestStringConvertible {
        var name: String
        /// Bytes that arrive in each second, and whether the server waited for them.
        var seconds: [(bytes: Int, isDemanded: Bool)]
        var tooSlowAt: Int?
        var testDescription: String { name }
    }

    private static let courses = [
        Course(name: "steady and fast enough", seconds: Array(repeating: (2000, true), count: 60), tooSlowAt: nil),
        Course(name: "a trickle", seconds: Array(repeating: (1, true), count: 60), tooSlowAt: 15),
        Course(
            name: "silence after a fast start", seconds: [(900_000, true)] + Array(repeating: (0, true), count: 60),
            tooSlowAt: 16),
        Course(name: "the server is busy", seconds: Array(repeating: (0, false), count: 600), tooSlowAt: nil),
        Course(name: "longer than allowed in all", seconds: Array(repeating: (5000, true), count: 200), tooSlowAt: 120),
        Course(name: "a large file", seconds: Array(repeating: (250_000, true), count: 600), tooSlowAt: nil),
        Course(
            name: "a large file that falters", seconds: Array(repeating: (250_000, true), count: 130) + [(0, true)],
            tooSlowAt: 130),
    ]

    @Test(arguments: courses)
    func verdictComesAtTheRightSecond(course: Course) {
        var progress = BodyProgress(declared: nil)
        var tooSlowAt: Int?
        for (second, step) in course.seconds.enumerated() where tooSlowAt == nil {
            progress.receive(step.bytes)
            if progress.isTooSlow(BodyPace(), isDemanded: step.isDemanded) { tooSlowAt = second }
        }
        #expect(tooSlowAt == course.tooSlowAt)
    }
}
