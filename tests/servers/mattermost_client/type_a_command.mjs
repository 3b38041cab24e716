// Logs in with Mattermost's own client, types a slash command, and waits for a post in the channel.
// Prints one JSON object in the last line: what the typist was answered, and what the channel then showed.
import client from '@mattermost/client';
import WebSocket from 'ws';

// The client was written for browsers, where this is there anyway.
globalThis.WebSocket = WebSocket;

const {Client4, WebSocketClient} = client;
const [url, user, channel, team, command, awaited] = process.argv.slice(2);

const rest = new Client4();
rest.setUrl(url);
await rest.login(user, 'any');

const socket = new WebSocketClient();
const hello = new Promise((resolve) => socket.addFirstConnectListener(resolve));
const shown = new Promise((resolve) => {
    socket.addMessageListener((message) => {
        if (message.event !== 'posted') {
            return;
        }
        const post = JSON.parse(message.data.post);
        if (post.channel_id === channel && post.message.includes(awaited)) {
            resolve(post);
        }
    });
});
socket.initialize(`${url.replace('http', 'ws')}/api/v4/websocket`, rest.getToken());
await hello;

const answer = await rest.executeCommand(command, {channel_id: channel, team_id: team});
const post = await shown;
socket.close();
console.log(JSON.stringify({answer, post}));
process.exit(0);
