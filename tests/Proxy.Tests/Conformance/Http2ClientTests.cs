using System.Net;
using System.Text;
using Mesh.Api.Discovery;
using Mesh.Proxy.Tests.Resilience;
using Mesh.Proxy.Tests.Routing;

namespace Mesh.Proxy.Tests.Conformance;

/// <summary>The proxy as HTTP/2's client, frame by frame, before servers that do what RFC 9113 lets them. Section numbers are its.</summary>
public sealed class Http2ClientTests
{
    // Section 7.
    private const int NoError = 0, ProtocolError = 1, InternalError = 2, RefusedStream = 7, Cancel = 8, Calm = 11;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    // 6.8: what is above the last stream was not seen, and is safe to send again, a POST too; what is not above it ends as if nothing were.
    [Fact]
    public async Task Goaway_StreamsAboveItsLastAreSentElsewhere_ThoseBelowFinish()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (first, leaving, firstStream) = await upstream.BeginAsync();
        var (second, _, secondStream) = await upstream.BeginAsync(new StringContent("body"), leaving);
        Assert.True(secondStream > firstStream);

        await leaving.SendAsync(RawHttp2.GoAway, 0, 0, [.. RawHttp2.Word(firstStream), .. RawHttp2.Word(NoError)]);
        var other = await upstream.AcceptAsync();
        var (again, _) = await other.RequestAsync();
        Assert.Equal("body", await other.BodyAsync(again));
        await other.AcceptAsync(again, ("from", "other"));
        await leaving.AcceptAsync(firstStream, ("from", "leaving"));

        Assert.Equal("leaving", From(await first));
        Assert.Equal("other", From(await second));
    }

    // 6.8: a server that means to go says so with the highest stream there can be, first.
    [Fact]
    public async Task GoawayOfNothing_LeavesStreamsAlone_AndNewOnesGoElsewhere()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (first, leaving, stream) = await upstream.BeginAsync();
        await leaving.SendAsync(RawHttp2.GoAway, 0, 0, [.. RawHttp2.Word(int.MaxValue), .. RawHttp2.Word(NoError)]);
        await leaving.RoundTripAsync();

        var (second, other, otherStream) = await upstream.BeginAsync();
        await other.AcceptAsync(otherStream, ("from", "other"));
        Assert.Equal("other", From(await second));
        await leaving.AcceptAsync(stream, ("from", "leaving"));
        Assert.Equal("leaving", From(await first));
    }

    // 6.8, and 5.4.1: a server that goes in anger. What it may have seen isn't sent again.
    [Fact]
    public async Task GoawayWithAnError_EndsWhatItMayHaveSeen()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync(new StringContent("body"));
        await server.SendAsync(RawHttp2.GoAway, 0, 0, [.. RawHttp2.Word(stream), .. RawHttp2.Word(Calm)]);
        server.Dispose();

        await AssertFailedAsync(answer);
    }

    // 8.7.
    [Fact]
    public async Task RefusedStream_IsSentToAnotherEndpoint_APostToo()
    {
        await using var upstream = await Http2Upstream.StartAsync(servers: 2);
        var (answer, refusing, stream) = await upstream.BeginAsync(new StringContent("body"));
        await refusing.SendAsync(RawHttp2.Reset, 0, stream, RawHttp2.Word(RefusedStream));

        var other = await upstream.AcceptAsync();
        var (again, _) = await other.RequestAsync();
        Assert.Equal("body", await other.BodyAsync(again));
        await other.AcceptAsync(again, ("from", "other"));
        Assert.Equal("other", From(await answer));
        await refusing.RoundTripAsync();
        Assert.Equal(0, refusing.Requests);
    }

    // 8.7: nothing else says that a request was not seen.
    [Theory]
    [InlineData(NoError)]
    [InlineData(ProtocolError)]
    [InlineData(InternalError)]
    [InlineData(Cancel)]
    [InlineData(Calm)]
    public async Task ResetBeforeTheAnswer_IsAFailure_AndNoPostIsSentAgain(int code)
    {
        await using var upstream = await Http2Upstream.StartAsync(policy: Policies.RetryingOn(RetryCondition.ConnectFailure, RetryCondition.RefusedStream, RetryCondition.Reset));
        var (answer, server, stream) = await upstream.BeginAsync(new StringContent("body"));
        await server.SendAsync(RawHttp2.Reset, 0, stream, RawHttp2.Word(code));

        await AssertFailedAsync(answer);
        await server.RoundTripAsync();
        Assert.Equal(0, server.Requests);
    }

    // 5.4.2: an answer that breaks off is not to be taken for a whole one.
    [Theory]
    [InlineData(NoError)]
    [InlineData(InternalError)]
    [InlineData(RefusedStream)]
    [InlineData(Cancel)]
    [InlineData(Calm)]
    [InlineData(0x7fff_ffff)]
    public async Task ResetInTheBody_BreaksTheAnswerOff(int code)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200")));
        await server.SendAsync(RawHttp2.Data, 0, stream, "half"u8.ToArray());
        using var begun = await answer;
        await using var body = await begun.Content.ReadAsStreamAsync(Cancellation);
        await body.ReadExactlyAsync(new byte[4], Cancellation);
        await server.SendAsync(RawHttp2.Reset, 0, stream, RawHttp2.Word(code));

        await Assert.ThrowsAnyAsync<Exception>(async () => await body.ReadExactlyAsync(new byte[1], Cancellation));
        Assert.False(Cancellation.IsCancellationRequested);
        await AssertServesAsync(upstream, server);
    }

    // 6.5.2, 6.9.2: nothing of a body is sent before there is a window; its fields need none.
    [Fact]
    public async Task WindowOfNothing_HoldsTheBodyBack_UntilThereIsOne()
    {
        await using var upstream = await Http2Upstream.StartAsync(settings: (RawHttp2.InitialWindowSize, 0));
        // Only once it has acknowledged the setting is the proxy held to it: section 6.5.3.
        var (first, server, firstStream) = await upstream.BeginAsync();
        await server.AcceptAsync(firstStream);
        (await first).Dispose();

        var (answer, _, stream) = await upstream.BeginAsync(new StringContent("0123456789"), server);
        await server.RoundTripAsync();
        Assert.Equal(0, server.Received);
        foreach (var window in new[] { 3, 6, 1 })
        {
            await server.SendAsync(RawHttp2.WindowUpdate, 0, stream, RawHttp2.Word(window));
            Assert.Equal(window, (await server.DataAsync(stream)).Length);
        }
        Assert.Equal("", await server.BodyAsync(stream));
        await server.AcceptAsync(stream);
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    // 6.9.1: the connection's window, beneath those of its streams.
    [Fact]
    public async Task ConnectionsWindow_IsKeptTo_WhateverTheStreamsIs()
    {
        const int FirstWindow = 65_535, Length = 100_000;
        await using var upstream = await Http2Upstream.StartAsync(settings: (RawHttp2.InitialWindowSize, int.MaxValue));
        var (answer, server, stream) = await upstream.BeginAsync(new ByteArrayContent(new byte[Length]));
        while (server.Received < FirstWindow) await server.DataAsync(stream);
        await server.RoundTripAsync();
        Assert.Equal(FirstWindow, server.Received);

        await server.SendAsync(RawHttp2.WindowUpdate, 0, 0, RawHttp2.Word(Length - FirstWindow));
        while (server.Received < Length) await server.DataAsync(stream);
        Assert.Equal("", await server.BodyAsync(stream));
        await server.AcceptAsync(stream);
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    // 6.9.2: a smaller first window takes from those that are open, and may leave less than nothing.
    [Fact]
    public async Task WindowThatShrinksInTheBody_IsMadeGoodBeforeMoreIsSent()
    {
        await using var upstream = await Http2Upstream.StartAsync(settings: (RawHttp2.InitialWindowSize, 10));
        var (first, server, firstStream) = await upstream.BeginAsync();
        await server.AcceptAsync(firstStream);
        (await first).Dispose();
        var (answer, _, stream) = await upstream.BeginAsync(new StringContent("0123456789abcdef"), server);
        while (server.Received < 10) await server.DataAsync(stream);

        await server.SendAsync(RawHttp2.Settings, 0, 0, RawHttp2.Values((RawHttp2.InitialWindowSize, 2)));
        await server.SendAsync(RawHttp2.WindowUpdate, 0, stream, RawHttp2.Word(8));
        await server.RoundTripAsync();
        Assert.Equal(10, server.Received);
        await server.SendAsync(RawHttp2.Settings, 0, 0, RawHttp2.Values((RawHttp2.InitialWindowSize, 8)));
        while (server.Received < 16) await server.DataAsync(stream);
        Assert.Equal("", await server.BodyAsync(stream));
        await server.AcceptAsync(stream);
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
    }

    // 6.9.1: a stream's window beyond 31 bits is that stream's error, or the connection's; the request has an end either way.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WindowBeyondItsBounds_IsAnError(bool isStreams)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.WindowUpdate, 0, isStreams ? stream : 0, RawHttp2.Word(int.MaxValue));

        await AssertFailedAsync(answer);
        Assert.NotEqual("END_STREAM", await server.OutcomeAsync(stream));
        await AssertServesAsync(upstream);
    }

    // 6.9: who sends more than there is room for is cut off; the proxy's memory is not the client's to fill.
    [Fact]
    public async Task ServerThatDisregardsTheWindow_IsCutOff()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        // It takes nothing of the answer, and so leaves the proxy no room.
        using var client = await RawHttp2.ConnectAsync(upstream.Proxy.CatalogPort, RawHttp2.Values((RawHttp2.InitialWindowSize, 0)));
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get());
        var server = await upstream.AcceptAsync();
        var (stream, _) = await server.RequestAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200")));
        try
        {
            for (var sent = 0; sent < 64 << 20; sent += 1 << 14) await server.SendAsync(RawHttp2.Data, 0, stream, new byte[1 << 14]);
            Assert.Fail("it took 64 MiB that nobody reads");
        }
        catch (IOException)
        {
            // It has had enough.
        }
        await AssertServesAsync(upstream);
    }

    // 5.1.2.
    [Fact]
    public async Task MoreStreamsThanTheServerTakes_GoOverAnotherConnection_OrWait()
    {
        await using var upstream = await Http2Upstream.StartAsync(settings: (RawHttp2.MaxConcurrentStreams, 1));
        var (first, server, firstStream) = await upstream.BeginAsync();
        await server.AcceptAsync(firstStream);
        (await first).Dispose();

        var (second, _, secondStream) = await upstream.BeginAsync(server: server);
        var third = upstream.GetAsync();
        await server.RoundTripAsync();
        Assert.Equal(0, server.Requests);
        var other = await upstream.AcceptAsync();
        await other.AcceptAsync((await other.RequestAsync()).StreamId, ("from", "other"));
        Assert.Equal("other", From(await third));
        await server.AcceptAsync(secondStream);
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
    }

    // 5.1.2: the setting may go down while streams are open, and up again.
    [Fact]
    public async Task FewerStreamsThanAreOpen_AreNotAddedTo()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (first, server, firstStream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Settings, 0, 0, RawHttp2.Values((RawHttp2.MaxConcurrentStreams, 1)));
        await server.RoundTripAsync();

        var (second, other, secondStream) = await upstream.BeginAsync();
        Assert.Equal(0, server.Requests);
        await other.AcceptAsync(secondStream);
        await server.AcceptAsync(firstStream);
        (await first).Dispose();
        Assert.Equal(HttpStatusCode.OK, (await second).StatusCode);
    }

    // 8.4: the proxy has said that it wants none (6.5.2), so one is an error.
    [Fact]
    public async Task PushPromise_IsRefused()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        Assert.Contains((RawHttp2.EnablePush, 0u), server.PeersSettings);
        await server.SendAsync(RawHttp2.PushPromise, RawHttp2.EndHeaders, stream, [.. RawHttp2.Word(2), .. RawHttp2.Get()]);

        await AssertFailedAsync(answer);
        Assert.NotEqual("END_STREAM", await server.OutcomeAsync(stream));
        await AssertServesAsync(upstream);
    }

    // 8.1, 15 of RFC 9110: an interim answer is no answer.
    [Theory]
    [InlineData("100")]
    [InlineData("102")]
    [InlineData("103")]
    public async Task InterimAnswers_ComeBeforeTheAnswer(string status)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        for (var i = 0; i < 3; i++) await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", status), ("link", "</style.css>")));
        await server.AcceptAsync(stream, ("from", "server"));

        using var final = await answer;
        Assert.Equal("server", From(final));
        Assert.False(final.Headers.Contains("link"));
    }

    // 8.1.
    [Fact]
    public async Task Trailers_Pass()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200")));
        await server.SendAsync(RawHttp2.Data, 0, stream, "body"u8.ToArray());
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, stream, RawHttp2.Block(("grpc-status", "7")));

        using var whole = await answer;
        Assert.Equal("body", await whole.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal("7", whole.TrailingHeaders.GetValues("grpc-status").Single());
    }

    // 6.1, 6.2, 6.3, 6.5.2, 6.10: padding, priorities, unknown flags and settings change nothing.
    [Fact]
    public async Task PaddedAndContinuedFrames_AreRead()
    {
        const byte Priority = 2, HasPriority = 0x20;
        await using var upstream = await Http2Upstream.StartAsync(settings: [(0x7fff, 1), (RawHttp2.HeaderTableSize, 0), (RawHttp2.MaxFrameSize, 0xff_ffff)]);
        var (answer, server, stream) = await upstream.BeginAsync();
        var block = RawHttp2.Block((":status", "200"), ("from", "server"));
        await server.SendAsync(Priority, 0, stream, [0, 0, 0, 0, 15]);
        await server.SendAsync(RawHttp2.Headers, RawHttp2.Padded | HasPriority, stream, [2, 0, 0, 0, 0, 15, .. block[..5], 0, 0]);
        await server.SendAsync(RawHttp2.Continuation, 0, stream, []);
        await server.SendAsync(RawHttp2.Continuation, RawHttp2.EndHeaders, stream, block[5..]);
        await server.SendAsync(RawHttp2.Data, RawHttp2.Padded, stream, [3, .. "body"u8, 0, 0, 0]);
        await server.SendAsync(RawHttp2.Data, RawHttp2.EndStream, stream, []);

        using var whole = await answer;
        Assert.Equal("server", From(whole));
        Assert.Equal("body", await whole.Content.ReadAsStringAsync(Cancellation));
    }

    // 8.1: a server may answer before it has read the request, and then say that it won't.
    [Fact]
    public async Task AnswerBeforeTheBodyIsDone_Passes_AndTheBodyIsGivenUp()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        using var content = new OpenContent();
        var writing = content.WriteAsync("begun");
        var (answer, server, stream) = await upstream.BeginAsync(content);
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "413")));
        await server.SendAsync(RawHttp2.Data, RawHttp2.EndStream, stream, "too much"u8.ToArray());
        await server.SendAsync(RawHttp2.Reset, 0, stream, RawHttp2.Word(NoError));

        using var whole = await answer;
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, whole.StatusCode);
        Assert.Equal("too much", await whole.Content.ReadAsStringAsync(Cancellation));
        await writing;
        await AssertServesAsync(upstream, server);
    }

    // 8.1: an answer that has only begun doesn't end the request.
    [Fact]
    public async Task BodyGoesOn_AfterTheAnswersHead()
    {
        await using var upstream = await Http2Upstream.StartAsync();
        using var content = new OpenContent();
        var writing = content.WriteAsync("one");
        var (answer, server, stream) = await upstream.BeginAsync(content);
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200")));
        using var begun = await answer;
        await writing;
        await content.WriteAsync("two");
        content.End();
        Assert.Equal("onetwo", await server.BodyAsync(stream));
        await server.SendAsync(RawHttp2.Data, RawHttp2.EndStream, stream, "end"u8.ToArray());

        Assert.Equal("end", await begun.Content.ReadAsStringAsync(Cancellation));
    }

    // The floods of 2019 and 2024 (CVE-2019-9512, 9515, 9518), from a server.
    [Theory]
    [InlineData(RawHttp2.Ping, 0, 8)]
    [InlineData(RawHttp2.Settings, 0, 0)]
    [InlineData(RawHttp2.Data, 1, 0)]
    [InlineData(RawHttp2.WindowUpdate, 0, 4)]
    public async Task Flood_IsEnded_OrOutlived(byte type, int onStream, int length)
    {
        await using var upstream = await Http2Upstream.StartAsync(policy: Policies.RetryingOn(RetryCondition.Reset));
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200")));
        using var begun = await answer;
        var reading = server.OutcomeAsync(int.MaxValue);
        var payload = type is RawHttp2.WindowUpdate ? RawHttp2.Word(1) : new byte[length];
        try
        {
            for (var i = 0; i < 20_000; i++) await server.SendAsync(type, 0, onStream is 0 ? 0 : stream, payload);
            await server.SendAsync(RawHttp2.Data, RawHttp2.EndStream, stream, "end"u8.ToArray());
            Assert.Equal("end", await begun.Content.ReadAsStringAsync(Cancellation));
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            // It has had enough.
        }
        // The next request may find that out, and is then sent again.
        server.Dispose();
        await reading;
        await AssertServesAsync(upstream);
    }

    // 6.10, 10.5.1: a list of fields without an end, in CONTINUATION frames (CVE-2024-27316 and kin) or in one.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FieldsWithoutEnd_AreCutOff(bool areContinued)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        var more = RawHttp2.Block(("x", new string('a', 10_000)));
        try
        {
            await server.SendAsync(RawHttp2.Headers, 0, stream, RawHttp2.Block((":status", "200")));
            for (var i = 0; i < 1000 && (areContinued || i < 20); i++) await server.SendAsync(RawHttp2.Continuation, 0, stream, more);
            await server.SendAsync(RawHttp2.Continuation, RawHttp2.EndHeaders, stream, []);
        }
        catch (IOException)
        {
            // It has had enough.
        }

        await AssertFailedAsync(answer);
        await AssertServesAsync(upstream);
    }

    // Each is a connection error. The request that it meets is on stream 1.
    [Theory]
    [InlineData("5.1: HEADERS on a stream that nobody opened", RawHttp2.Headers, 5, 99, "88")]
    [InlineData("6.1: DATA on stream 0", RawHttp2.Data, 0, 0, "00")]
    [InlineData("6.1: DATA on an idle stream", RawHttp2.Data, 0, 99, "00")]
    [InlineData("6.1: more padding than payload", RawHttp2.Data, 8, 1, "0500")]
    [InlineData("6.2: HEADERS on stream 0", RawHttp2.Headers, 5, 0, "88")]
    [InlineData("6.2: more padding than payload", RawHttp2.Headers, 13, 1, "0588")]
    [InlineData("6.4: RST_STREAM on stream 0", RawHttp2.Reset, 0, 0, "00000008")]
    [InlineData("6.4: RST_STREAM on an idle stream", RawHttp2.Reset, 0, 99, "00000008")]
    [InlineData("6.4: RST_STREAM of three bytes", RawHttp2.Reset, 0, 1, "000008")]
    [InlineData("6.5: SETTINGS on a stream", RawHttp2.Settings, 0, 1, "")]
    [InlineData("6.5: SETTINGS of five bytes", RawHttp2.Settings, 0, 0, "0003000000")]
    [InlineData("6.5: SETTINGS that acknowledge and set", RawHttp2.Settings, 1, 0, "000300000001")]
    [InlineData("6.5.2: a window beyond 31 bits", RawHttp2.Settings, 0, 0, "000480000000")]
    [InlineData("6.5.2: a frame size below the least", RawHttp2.Settings, 0, 0, "000500000001")]
    [InlineData("6.7: PING on a stream", RawHttp2.Ping, 0, 1, "0000000000000000")]
    [InlineData("6.7: PING of seven bytes", RawHttp2.Ping, 0, 0, "00000000000000")]
    [InlineData("6.8: GOAWAY on a stream", RawHttp2.GoAway, 0, 1, "0000000000000000")]
    [InlineData("6.8: GOAWAY of four bytes", RawHttp2.GoAway, 0, 0, "00000000")]
    [InlineData("6.9: WINDOW_UPDATE of nothing", RawHttp2.WindowUpdate, 0, 0, "00000000")]
    [InlineData("6.9: WINDOW_UPDATE of nothing on a stream", RawHttp2.WindowUpdate, 0, 1, "00000000")]
    [InlineData("6.9: WINDOW_UPDATE of three bytes", RawHttp2.WindowUpdate, 0, 0, "000001")]
    [InlineData("6.10: CONTINUATION of nothing", RawHttp2.Continuation, 4, 1, "88")]
    [InlineData("4.2: a frame larger than was allowed", RawHttp2.Data, 0, 1, "16385")]
    [InlineData("4.3: no field at that index (RFC 7541 2.3.3)", RawHttp2.Headers, 5, 1, "88ff7f")]
    [InlineData("4.3: index zero (RFC 7541 6.1)", RawHttp2.Headers, 5, 1, "8880")]
    [InlineData("4.3: an integer without end (RFC 7541 5.1)", RawHttp2.Headers, 5, 1, "88ff8080808080808080")]
    [InlineData("4.3: a string that is cut off (RFC 7541 5.2)", RawHttp2.Headers, 5, 1, "880005612d")]
    [InlineData("4.3: padding of Huffman's that is none (RFC 7541 5.2)", RawHttp2.Headers, 5, 1, "88000161820000")]
    [InlineData("4.3: a table larger than was allowed (RFC 7541 6.3)", RawHttp2.Headers, 5, 1, "3fe1ff3f88")]
    public async Task BrokenFrame_EndsTheConnection_AndIsNoAnswer(string section, byte type, byte flags, int streamId, string payload)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        Assert.Equal(1, stream);
        await server.SendAsync(type, flags, streamId, payload is "16385" ? new byte[16_385] : Convert.FromHexString(payload));

        using var failed = await answer;
        Assert.Equal((section, HttpStatusCode.BadGateway), (section, failed.StatusCode));
        Assert.NotEqual("END_STREAM", await server.OutcomeAsync(int.MaxValue));
        await AssertServesAsync(upstream);
    }

    // 8.1.1, 8.2, 8.3.2: malformed answers. None may come through as what it isn't.
    [Theory]
    [InlineData("no status", "x=1")]
    [InlineData("two statuses", ":status=200;:status=204")]
    [InlineData("a status that is no number", ":status=abc")]
    [InlineData("a status of two digits", ":status=20")]
    [InlineData("a status of four digits", ":status=2000")]
    [InlineData("an empty status", ":status=")]
    [InlineData("a status after fields", "x=1;:status=200")]
    [InlineData("a request's pseudo field", ":status=200;:path=/")]
    [InlineData("an unknown pseudo field", ":status=200;:unknown=1")]
    [InlineData("an empty name", ":status=200;=1")]
    [InlineData("a space in a name", ":status=200;x y=1")]
    [InlineData("a colon in a name", ":status=200;x:y=1")]
    [InlineData("Connection", ":status=200;connection=close")]
    [InlineData("Transfer-Encoding", ":status=200;transfer-encoding=chunked")]
    [InlineData("Keep-Alive", ":status=200;keep-alive=timeout=5")]
    [InlineData("Proxy-Connection", ":status=200;proxy-connection=close")]
    [InlineData("Upgrade", ":status=200;upgrade=h2c")]
    [InlineData("101, which HTTP/2 doesn't have (8.6)", ":status=101")]
    [InlineData("an interim answer that ends the stream", ":status=103")]
    [InlineData("a length of no number", ":status=200;content-length=+4")]
    [InlineData("two lengths", ":status=200;content-length=0;content-length=5")]
    [InlineData("an end before the length", ":status=200;content-length=5")]
    [InlineData("an end of a failure before the length", ":status=500;content-length=5")]
    public async Task MalformedAnswer_IsAFailure(string what, string fields)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, stream, RawHttp2.Block(Fields(fields)));

        using var failed = await answer;
        Assert.Equal((what, HttpStatusCode.BadGateway), (what, failed.StatusCode));
    }

    // 8.2.1 has these malformed. HttpClient makes spaces of them, as RFC 9110 section 5.5 allows, and one case of a name: nothing else is read into them.
    [Theory]
    [InlineData("x", "a\nb: c", "a b: c")]
    [InlineData("x", "a\r\nb: c", "a  b: c")]
    [InlineData("x", "a\0b", "a b")]
    [InlineData("X", "a", "a")]
    public async Task ControlsInAValue_BecomeSpaces_AndCapitalsSmallLetters(string name, string value, string passed)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        using var client = await RawHttp2.ConnectAsync(upstream.Proxy.CatalogPort);
        await client.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 1, RawHttp2.Get());
        var server = await upstream.AcceptAsync();
        await server.AcceptAsync((await server.RequestAsync()).StreamId, (name, value));

        Assert.Contains($"\u0001x{(char)passed.Length}{passed}", await client.AnswerAsync(1), StringComparison.Ordinal);
    }

    // 8.1, 8.1.1: what is wrong once the answer has begun breaks it off.
    [Theory]
    [InlineData("less than its length", RawHttp2.Data, RawHttp2.EndStream, "half")]
    [InlineData("more than its length", RawHttp2.Data, RawHttp2.EndStream, "too much of it")]
    [InlineData("a pseudo field in the trailers", RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, ":status=200")]
    [InlineData("a second head that doesn't end the stream", RawHttp2.Headers, RawHttp2.EndHeaders, "x=1")]
    public async Task MalformedRest_BreaksTheAnswerOff(string what, byte type, byte flags, string rest)
    {
        await using var upstream = await Http2Upstream.StartAsync();
        var (answer, server, stream) = await upstream.BeginAsync();
        await server.SendAsync(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Block((":status", "200"), ("content-length", "8")));
        using var begun = await answer;
        await server.SendAsync(type, flags, stream, type is RawHttp2.Data ? Encoding.ASCII.GetBytes(rest) : RawHttp2.Block(Fields(rest)));

        var failure = await Record.ExceptionAsync(() => begun.Content.ReadAsStringAsync(Cancellation));
        Assert.False(failure is null or OperationCanceledException, what);
    }

    private static string From(HttpResponseMessage answer) => answer.Headers.GetValues("from").Single();

    private static async Task AssertFailedAsync(Task<HttpResponseMessage> answering)
    {
        using var answer = await answering;
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("mesh/upstream-failed", answer.Headers.GetValues("mesh-error").Single());
    }

    private static (string Name, string Value)[] Fields(string text) =>
        [.. text.Split(';').Select(field => field.Split('=', 2)).Select(field => (field[0], field[1]))];

    /// <summary>The next request is served, on this connection or, by default, on a new one.</summary>
    private static async Task AssertServesAsync(Http2Upstream upstream, RawHttp2? on = null)
    {
        var (answer, server, stream) = await upstream.BeginAsync(server: on);
        await server.AcceptAsync(stream);
        using var served = await answer;
        Assert.Equal(HttpStatusCode.OK, served.StatusCode);
    }
}
