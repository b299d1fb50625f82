import { drawRooms } from './rooms.ts'

await drawRooms()
