import AIBoxAPI
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import AIBoxClient

@Suite(.timeLimit(.minutes(1)))
struct CallTests {
    @Test func formCarriesPicturesByteForByte() throws {
        let pictures = [ByteBuffer(bytes: [0xFF, 0xD8, 0x0D, 0x0A, 0x2D, 0x2D]), ByteBuffer()]
        var call = AIBoxClient.Call(.POST, "/x")
        call.attach([("image1", pictures[0]), ("image2", pictures[1])], boundary: "BB")
        #expect(call.headers["Content-Type"] == ["multipart/form-data; boundary=BB"])
        let type = "Content-Type: application/octet-stream\r\n\r\n"
        var expected = ByteBuffer(string: "--BB\r\nContent-Disposition: form-data; name=\"image1\"\r\n" + type)
        expected.writeImmutableBuffer(pictures[0])
        expected.writeString(
            "\r\n--BB\r\nContent-Disposition: form-data; name=\"image2\"\r\n" + type + "\r\n--BB--\r\n")
        #expect(call.body == expected)
    }

    @Test func everyFormHasABoundaryOfItsOwn() {
        let types = (0..<100).map { _ in
            var call = AIBoxClient.Call(.POST, "/x")
            call.attach([("image", ByteBuffer())])
            return call.headers["Content-Type"].joined()
        }
        #expect(Set(types).count == types.count)
    }

    @Test(arguments: [
        (#"{"type":"about:blank","title":"Busy","status":503,"detail":"wait","retry_after":7}"#, "3", 7, "wait"),
        (#"{"type":"about:blank","title":"Busy","status":503,"detail":"wait"}"#, "3", 3, "wait"),
        ("<html>busy</html>", "3", 3, nil), ("", "", nil, nil), ("", "Wed, 21 Oct 2026 07:28:00 GMT", nil, nil),
    ])
    func refusalTellsWhenToTryAgain(body: String, header: String, seconds: Int?, detail: String?) {
        let headers: HTTPHeaders = header.isEmpty ? [:] : ["Retry-After": header]
        let problem = AIBoxClient.problem(.serviceUnavailable, headers, ByteBuffer(string: body))
        #expect(problem.status == 503)
        #expect(problem.retryAfter == seconds)
        #expect(problem.detail == detail)
    }

    /// Pages of a list of numbers; the cursor is the number of the next page.
    private static func page(_ sizes: [Int], _ cursor: String?) -> Page<Int> {
        let number = cursor.flatMap { Int($0) } ?? 0
        let first = sizes.prefix(number).reduce(0, +)
        return Page(
            items: Array(first..<first + sizes[number]), nextCursor: number + 1 < sizes.count ? "\(number + 1)" : nil)
    }

    @Test(arguments: [[0], [1], [3, 3, 1], [2, 0, 2], [0, 0, 5], [4, 0]])
    func pagesFollowOneAnotherWithoutGapOrRepetition(sizes: [Int]) async throws {
        let sequence = PageSequence { Self.page(sizes, $0) }
        var items: [Int] = []
        for try await item in sequence { items.append(item) }
        #expect(items == Array(0..<sizes.reduce(0, +)))
        var again = sequence.makeAsyncIterator()
        #expect(try await again.next() == items.first, "each iteration begins anew")
    }
}
