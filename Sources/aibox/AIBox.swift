import ArgumentParser
import Hummingbird

@main
struct AIBox: AsyncParsableCommand {
    func run() async throws { print("aibox") }
}
